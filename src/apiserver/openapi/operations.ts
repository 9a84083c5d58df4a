import type { Schema } from '#src/meta/schema.ts';

import { type GroupVersion, servedVerbs } from '../catalog.ts';
import type { Resource, Subresource, Verb } from '../resource.ts';
import { type GroupVersionKind, type KindSchemas, kindSchemas } from './definitions.ts';
import { statusSchema } from './status-schema.ts';

type Method = 'get' | 'put' | 'post' | 'delete' | 'patch';

/** One operation, as both versions of OpenAPI describe it. */
export interface Operation {
  readonly method: Method;
  readonly id: string;
  readonly description: string;
  /** `x-kubernetes-action` */
  readonly action: string;
  readonly kind: GroupVersionKind;
  /** Names of query parameters, see `queryParameters`. */
  readonly parameters: readonly string[];
  readonly body?: Schema;
  readonly response: Schema;
  readonly created: boolean;
  readonly deprecated: boolean;
}

export interface PathOperations {
  readonly path: string;
  /** `namespace` and `name`, those that the path has. */
  readonly pathParameters: readonly string[];
  readonly operations: readonly Operation[];
}

const write = ['dryRun', 'fieldManager', 'fieldValidation'];
const list = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
  'watch',
];

interface VerbOperation {
  readonly verb: Verb;
  readonly method: Method;
  /** First word of the operation id. */
  readonly word: string;
  readonly action: string;
  readonly sentence: string;
  readonly parameters: readonly string[];
  readonly body: boolean;
}

const collection: readonly VerbOperation[] = [
  {
    verb: 'list',
    method: 'get',
    word: 'list',
    action: 'list',
    sentence: 'list or watch objects of kind',
    parameters: list,
    body: false,
  },
  {
    verb: 'create',
    method: 'post',
    word: 'create',
    action: 'post',
    sentence: 'create a',
    parameters: write,
    body: true,
  },
  {
    verb: 'deletecollection',
    method: 'delete',
    word: 'deleteCollection',
    action: 'deletecollection',
    sentence: 'delete a collection of',
    parameters: list,
    body: false,
  },
];
const item: readonly VerbOperation[] = [
  {
    verb: 'get',
    method: 'get',
    word: 'read',
    action: 'get',
    sentence: 'read the specified',
    parameters: [],
    body: false,
  },
  {
    verb: 'update',
    method: 'put',
    word: 'replace',
    action: 'put',
    sentence: 'replace the specified',
    parameters: write,
    body: true,
  },
  {
    verb: 'delete',
    method: 'delete',
    word: 'delete',
    action: 'delete',
    sentence: 'delete a',
    parameters: ['dryRun', 'gracePeriodSeconds', 'propagationPolicy'],
    body: false,
  },
  {
    verb: 'patch',
    method: 'patch',
    word: 'patch',
    action: 'patch',
    sentence: 'partially update the specified',
    parameters: [...write, 'force'],
    body: false,
  },
];
const watches = (verb: 'watch' | 'watchlist'): VerbOperation => ({
  verb: 'watch',
  method: 'get',
  word: 'watch',
  action: verb,
  sentence: 'watch changes to',
  parameters: list,
  body: false,
});

/** Every path of a group and version. */
export function pathOperations(groupVersion: GroupVersion): readonly PathOperations[] {
  return groupVersion.resources.flatMap((resource) => resourcePaths(groupVersion, resource));
}

function resourcePaths(groupVersion: GroupVersion, resource: Resource): PathOperations[] {
  const root = rootOf(groupVersion);
  const { name, namespaced } = resource;
  const base = namespaced ? `${root}/namespaces/{namespace}/${name}` : `${root}/${name}`;
  const watchBase = base.replace(root, `${root}/watch`);
  const schemas = kindSchemas(resource);
  const scope = { namespaced, groupVersion, schemas };
  const paths = [
    pathOf(base, { ...scope, verbs: collection, rest: resource.rest, list: true }),
    pathOf(`${base}/{name}`, { ...scope, verbs: item, rest: resource.rest }),
    ...resource.subresources.map((sub) => subresourcePath(`${base}/{name}`, scope, resource, sub)),
    ...(namespaced
      ? [
          pathOf(`${root}/${name}`, {
            ...scope,
            namespaced: false,
            verbs: collection.slice(0, 1),
            rest: resource.rest,
            suffix: 'ForAllNamespaces',
            list: true,
          }),
        ]
      : []),
    pathOf(watchBase, {
      ...scope,
      verbs: [watches('watchlist')],
      rest: resource.rest,
      suffix: 'List',
      deprecated: true,
    }),
    pathOf(`${watchBase}/{name}`, {
      ...scope,
      verbs: [watches('watch')],
      rest: resource.rest,
      deprecated: true,
    }),
  ];
  return paths.filter(({ operations }) => operations.length > 0);
}

interface PathScope {
  readonly namespaced: boolean;
  readonly groupVersion: GroupVersion;
  readonly schemas: KindSchemas;
}

interface PathDescription extends PathScope {
  readonly verbs: readonly VerbOperation[];
  readonly rest: Resource['rest'];
  readonly suffix?: string;
  readonly deprecated?: boolean;
  /** A `get` answers the list kind. */
  readonly list?: boolean;
}

function subresourcePath(
  base: string,
  scope: PathScope,
  resource: Resource,
  subresource: Subresource,
): PathOperations {
  const { name, rest } = subresource;
  const create = collection.filter(({ verb }) => verb === 'create');
  return pathOf(`${base}/${name}`, {
    ...scope,
    schemas: kindSchemas(resource, subresource),
    verbs: [...create, ...item],
    rest,
    suffix: capitalised(name),
  });
}

function pathOf(path: string, description: PathDescription): PathOperations {
  const served = new Set(servedVerbs(description.rest));
  return {
    path,
    pathParameters: ['name', 'namespace'].filter((name) => path.includes(`{${name}}`)),
    operations: description.verbs
      .filter(({ verb }) => served.has(verb))
      .map((verb) => operationOf(verb, description)),
  };
}

function operationOf(verb: VerbOperation, description: PathDescription): Operation {
  const { schemas, namespaced, groupVersion, suffix = '', deprecated = false } = description;
  const { kind } = schemas.kind;
  const prefix = `${groupName(groupVersion.group)}${capitalised(groupVersion.version)}`;
  return {
    method: verb.method,
    id: `${verb.word}${prefix}${namespaced ? 'Namespaced' : ''}${kind}${suffix}`,
    description: `${verb.sentence} ${kind}`,
    action: verb.action,
    kind: schemas.kind,
    parameters: verb.parameters,
    ...(verb.body ? { body: schemas.object } : {}),
    response: responseOf(verb, schemas, description.list === true),
    created: verb.method === 'post' || verb.method === 'put' || verb.method === 'patch',
    deprecated,
  };
}

function responseOf(verb: VerbOperation, schemas: KindSchemas, isList: boolean): Schema {
  if (verb.method === 'delete') return statusSchema;
  return isList && verb.method === 'get' ? schemas.list : schemas.object;
}

function rootOf({ group, version }: GroupVersion): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** `image.openshift.io` becomes `ImageOpenshiftIo`; the core group is `Core`. */
function groupName(group: string): string {
  return group === '' ? 'Core' : group.split(/[.-]/).map(capitalised).join('');
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
