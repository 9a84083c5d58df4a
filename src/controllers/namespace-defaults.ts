import type { Clock } from '#src/lib/clock.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { type Binding, rbacApiVersion, rbacGroup, type Subject } from '#src/meta/rbac/types.ts';
import type { Objects } from '#src/store/objects.ts';
import { type Key, StoreError } from '#src/store/store.ts';

import type { Change, Listener } from './informer.ts';

/** What every namespace has, by where it is kept. */
interface Default {
  readonly resource: string;
  readonly name: string;
  readonly make: (namespace: string) => KubeObject;
}

const serviceAccounts = 'serviceaccounts';
const roleBindings = `rolebindings.${rbacGroup}`;

/** The resources that must be followed for what was deleted of them. */
export const defaultedResources: readonly string[] = [serviceAccounts, roleBindings];

const defaults: readonly Default[] = [
  accountCalled('default'),
  accountCalled('builder'),
  bindingOf('system:image-pullers', 'system:image-puller', {
    why: 'Allows all pods in this namespace to pull images from this namespace.',
    subject: (namespace) => ({
      kind: 'Group',
      apiGroup: rbacGroup,
      name: `system:serviceaccounts:${namespace}`,
    }),
  }),
  bindingOf('system:image-builders', 'system:image-builder', {
    why: 'Allows builds in this namespace to push images to this namespace.',
    subject: (namespace) => ({ kind: 'ServiceAccount', name: 'builder', namespace }),
  }),
];

/**
 * Gives every namespace its service accounts and the bindings with which its programs pull and push images. What is
 * deleted is made again; what is there is never changed, so a binding without subjects stays one.
 */
export class NamespaceDefaults {
  readonly #objects: Objects;
  readonly #clock: Clock;

  constructor(objects: Objects, clock: Clock) {
    this.#objects = objects;
    this.#clock = clock;
  }

  /** For namespaces. */
  readonly namespaces: Listener<KubeObject> = {
    apply: async (changes) => {
      const listed = changes.filter(({ type }) => type === 'listed');
      if (listed.length > 0) await this.#completeAll(listed.map(({ object }) => object));
      for (const { type, object, previous } of changes)
        if (type === 'written' && previous === undefined) await this.#complete(object);
    },
  };

  /** For one of the defaulted resources. */
  deletions(resource: string): Listener<KubeObject> {
    return {
      apply: async (changes: readonly Change<KubeObject>[]) => {
        for (const { type, object } of changes) {
          if (type !== 'deleted') continue;
          const { namespace = '', name } = object.metadata;
          for (const each of defaults)
            if (each.resource === resource && each.name === name)
              await this.#create(each, namespace);
        }
      },
    };
  }

  /** With one list of each resource for all of them. */
  async #completeAll(namespaces: readonly KubeObject[]): Promise<void> {
    const present = new Set<string>();
    for (const resource of defaultedResources) {
      const { items } = await this.#objects.list({ resource });
      for (const { metadata } of items)
        present.add(`${resource}/${metadata.namespace ?? ''}/${metadata.name ?? ''}`);
    }
    for (const { metadata } of namespaces)
      for (const each of defaults) {
        const name = metadata.name ?? '';
        if (!present.has(`${each.resource}/${name}/${each.name}`)) await this.#create(each, name);
      }
  }

  async #complete({ metadata: { name = '' } }: KubeObject): Promise<void> {
    await Promise.all(defaults.map((each) => this.#create(each, name)));
  }

  async #create({ resource, name, make }: Default, namespace: string): Promise<void> {
    if (!(await this.#isActive(namespace))) return;
    const key: Key = { resource, namespace, name };
    const object = make(namespace);
    try {
      await this.#objects.create(key, {
        ...object,
        metadata: {
          ...object.metadata,
          name,
          namespace,
          uid: crypto.randomUUID(),
          creationTimestamp: rfc3339(this.#clock.now()),
        },
      });
      // The namespace may have been emptied and removed in between, and nobody would empty it again.
      if (!(await this.#isActive(namespace))) await this.#objects.delete(key);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code === 'Unavailable') throw error;
    }
  }

  async #isActive(name: string): Promise<boolean> {
    const namespace = await this.#objects.get({ resource: 'namespaces', namespace: '', name });
    return namespace !== undefined && namespace.metadata.deletionTimestamp === undefined;
  }
}

function accountCalled(name: string): Default {
  return {
    resource: serviceAccounts,
    name,
    make: () => ({ kind: 'ServiceAccount', apiVersion: 'v1', metadata: {} }),
  };
}

function bindingOf(
  name: string,
  role: string,
  { why, subject }: { readonly why: string; readonly subject: (namespace: string) => Subject },
): Default {
  return {
    resource: roleBindings,
    name,
    make: (namespace): Binding => ({
      kind: 'RoleBinding',
      apiVersion: rbacApiVersion,
      metadata: {
        annotations: {
          'openshift.io/description': `${why} It is auto-managed by a controller; remove subjects to disable.`,
        },
      },
      roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: role },
      subjects: [subject(namespace)],
    }),
  };
}
