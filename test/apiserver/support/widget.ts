import type { Resource } from '#src/apiserver/resource.ts';
import { createGenericRest } from '#src/apiserver/generic/generic-rest.ts';
import type { NamespacePhase, Strategy } from '#src/apiserver/generic/strategy.ts';
import { systemClock } from '#src/lib/clock.ts';
import { required } from '#src/meta/field-error.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { objectMetaSchema } from '#src/meta/object-schema.ts';
import type { Schema } from '#src/meta/schema.ts';
import type { Objects } from '#src/store/objects.ts';

export interface Widget extends KubeObject {
  spec?: {
    size?: number;
    colour?: string;
    parts?: { name: string; from?: { name: string } }[];
  };
  status?: { ready?: boolean };
}

const text: Schema = { type: 'string' };

const widgetSchema: Schema = {
  id: 'dev.example.v1.Widget',
  type: 'object',
  description: 'A widget is made of parts.',
  properties: {
    apiVersion: text,
    kind: text,
    metadata: objectMetaSchema,
    spec: {
      id: 'dev.example.v1.WidgetSpec',
      type: 'object',
      description: 'What the widget should be.',
      properties: {
        size: { type: 'integer', format: 'int64', description: 'How big it is.' },
        colour: { ...text, description: 'What it looks like.', default: 'grey' },
        parts: {
          type: 'array',
          description: 'What it is made of.',
          patchMergeKey: 'name',
          patchStrategy: 'merge',
          listType: 'map',
          listMapKeys: ['name'],
          items: {
            id: 'dev.example.v1.Part',
            type: 'object',
            required: ['name'],
            properties: {
              name: text,
              from: {
                type: 'object',
                mapType: 'atomic',
                properties: { name: text, kind: text },
              },
            },
          },
        },
      },
    },
    status: { type: 'object', properties: { ready: { type: 'boolean' } } },
  },
};

const strategy: Strategy<Widget> = {
  namespaced: true,
  allowUnconditionalUpdate: false,
  tracksGeneration: true,
  prepareForCreate: ({ status: _status, ...widget }) => widget,
  validateCreate: validate,
  prepareForUpdate: ({ status: _status, ...next }, { status }) =>
    status === undefined ? next : { ...next, status },
  validateUpdate: validate,
  warnings: (widget) => (widget.spec?.colour === 'red' ? ['red is "loud"'] : []),
  canonicalize: (widget) => ({
    ...widget,
    spec: { ...widget.spec, colour: widget.spec?.colour ?? 'grey' },
  }),
  selectableFields: { 'spec.colour': (widget) => widget.spec?.colour ?? '' },
};

const statusStrategy: Strategy<Widget> = {
  ...strategy,
  allowUnconditionalUpdate: true,
  prepareForUpdate: (next, current) => ({
    ...current,
    ...(next.status === undefined ? {} : { status: next.status }),
    metadata: { ...current.metadata, ...managed(next) },
  }),
};

function managed({ metadata }: Widget): Pick<Widget['metadata'], 'managedFields'> {
  return metadata.managedFields === undefined ? {} : { managedFields: metadata.managedFields };
}

function validate({ spec }: Widget): ReturnType<Strategy<Widget>['validateCreate']> {
  return spec?.colour === '' ? [required('spec.colour', 'a widget has a colour')] : [];
}

/** A namespaced kind with a status, and the namespaces and plain core kinds that kubectl needs beside it. */
export function testResources(objects: Objects): readonly Resource[] {
  const clock = systemClock;
  const namespacePhase = async (name: string): Promise<NamespacePhase> => {
    const found = await objects.get({ resource: 'namespaces', namespace: '', name });
    if (found === undefined) return undefined;
    return found.metadata.deletionTimestamp === undefined ? 'Active' : 'Terminating';
  };
  const shared = { objects, clock, namespacePhase, version: 'v1' };
  const widgets = { ...shared, resource: { group: 'example.dev', resource: 'widgets' } };
  const main = createGenericRest<Widget>({ ...widgets, kind: 'Widget', strategy });
  const status = createGenericRest<Widget>({
    ...widgets,
    kind: 'Widget',
    strategy: statusStrategy,
  });
  return [
    {
      group: 'example.dev',
      version: 'v1',
      name: 'widgets',
      singular: 'widget',
      kind: 'Widget',
      namespaced: true,
      shortNames: ['wd'],
      categories: ['all'],
      rest: main,
      subresources: [
        {
          name: 'status',
          kind: 'Widget',
          rest: {
            get: (...asked) => status.get(...asked),
            update: (...asked) => status.update(...asked),
          },
        },
      ],
      columns: [
        {
          name: 'Name',
          type: 'string',
          format: 'name',
          description: 'Name of the widget.',
          priority: 0,
          cell: ({ metadata }) => metadata.name,
        },
        {
          name: 'Colour',
          type: 'string',
          description: 'What it looks like.',
          priority: 0,
          cell: (widget) => (widget as Widget).spec?.colour,
        },
        {
          name: 'Parts',
          type: 'integer',
          description: 'How many parts it has.',
          priority: 1,
          cell: (widget) => (widget as Widget).spec?.parts?.length ?? 0,
        },
      ],
      schema: widgetSchema,
    },
    plain(shared, { name: 'namespaces', singular: 'namespace', kind: 'Namespace' }),
    plain(shared, { name: 'configmaps', singular: 'configmap', kind: 'ConfigMap' }),
    plain(shared, { name: 'secrets', singular: 'secret', kind: 'Secret' }),
    plain(shared, { name: 'serviceaccounts', singular: 'serviceaccount', kind: 'ServiceAccount' }),
    plain(shared, { name: 'resourcequotas', singular: 'resourcequota', kind: 'ResourceQuota' }),
    plain(shared, { name: 'roles', singular: 'role', kind: 'Role' }, rbac),
    plain(shared, { name: 'rolebindings', singular: 'rolebinding', kind: 'RoleBinding' }, rbac),
    plain(shared, { name: 'clusterroles', singular: 'clusterrole', kind: 'ClusterRole' }, rbac),
  ];
}

const rbac = 'rbac.authorization.k8s.io';
const clusterScoped: ReadonlySet<string> = new Set(['namespaces', 'clusterroles']);

function plain(
  shared: {
    readonly objects: Objects;
    readonly clock: typeof systemClock;
    readonly namespacePhase: (name: string) => Promise<NamespacePhase>;
    readonly version: string;
  },
  names: Pick<Resource, 'name' | 'singular' | 'kind'>,
  group = '',
): Resource {
  const namespaced = !clusterScoped.has(names.name);
  return {
    group,
    version: 'v1',
    ...names,
    namespaced,
    shortNames: names.name === 'namespaces' ? ['ns'] : [],
    categories: [],
    subresources: [],
    columns: [],
    rest: createGenericRest({
      ...shared,
      kind: names.kind,
      resource: { group, resource: names.name },
      strategy: {
        namespaced,
        allowUnconditionalUpdate: true,
        prepareForCreate: (object) => object,
        validateCreate: () => [],
        prepareForUpdate: (next) => next,
        validateUpdate: () => [],
      },
    }),
  };
}
