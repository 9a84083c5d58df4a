import { randomInt, randomUUID } from 'node:crypto';

import { rfc3339 } from '#src/lib/clock.ts';
import { validateObjectMeta, withoutEmptyMeta } from '#src/meta/object-meta.ts';
import type { KubeObject } from '#src/meta/object.ts';
import {
  alreadyExists,
  badRequest,
  forbidden,
  notFound,
  refuseInvalid,
  type Status,
  StatusError,
} from '#src/meta/status.ts';
import { StoreError } from '#src/store/store.ts';

import type { RequestContext, WriteOptions } from '../resource.ts';
import { apiVersionOf, keyOf, strategyInfo } from './keys.ts';
import { storeStatus } from './store-status.ts';
import type { GenericOptions } from './strategy.ts';

/** Consonants and digits that cannot be mistaken for each other and spell no words (apimachinery rand). */
const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
/** A generated name must still be a DNS label of 63 characters. */
const maxPrefixLength = 63 - suffixLength;
/** How many generated names are tried; 27^5 suffixes make even a second try rare. */
const nameAttempts = 8;

/**
 * Creates an object under `metadata.name`, or a generated name.
 * @throws {StatusError} 404 and 403 for a missing or terminating namespace, 409, 422
 */
export async function createObject<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  context: RequestContext,
  input: T,
  write: WriteOptions,
): Promise<T> {
  const { name = '', generateName = '' } = input.metadata;
  await requireNamespace(options, context, name);
  if ((input.metadata.resourceVersion ?? '') !== '')
    throw new StatusError(badRequest('resourceVersion should not be set on objects to be created'));
  if (name !== '' || generateName === '') return createNamed(options, context, input, write);
  for (let attempt = 1; ; attempt += 1) {
    const named = withName(input, generatedName(generateName));
    try {
      return await createNamed(options, context, named, write);
    } catch (error) {
      if (!isAlreadyExists(error) || attempt === nameAttempts) throw error;
    }
  }
}

async function createNamed<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  context: RequestContext,
  input: T,
  write: WriteOptions,
): Promise<T> {
  const object = await prepared(options, context, input);
  const name = object.metadata.name ?? '';
  const key = keyOf(options, object.metadata.namespace ?? '', name);
  if (write.dryRun) {
    if ((await options.objects.get(key)) !== undefined)
      throw new StatusError(alreadyExists(options.resource, name));
    return object;
  }
  try {
    return await options.objects.create(key, object);
  } catch (error) {
    throw storeStatus(error, options.resource, name);
  }
}

async function prepared<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  context: RequestContext,
  input: T,
): Promise<T> {
  const { strategy, resource, kind } = options;
  const filled = withSystemFields(options, context, input);
  const info = await strategyInfo(options, context, filled, undefined);
  const object = strategy.prepareForCreate(filled, info);
  const errors = [
    ...strategy.validateCreate(object, info),
    ...validateObjectMeta(object.metadata, strategy.namespaced),
  ];
  refuseInvalid({ group: resource.group, kind }, object.metadata.name ?? '', errors);
  for (const warning of strategy.warnings?.(object, undefined) ?? []) context.warn(warning);
  return strategy.canonicalize?.(object) ?? object;
}

function withSystemFields<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  context: RequestContext,
  input: T,
): T {
  const {
    resourceVersion: _version,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    selfLink: _link,
    generation: _generation,
    namespace: _namespace,
    ...rest
  } = input.metadata;
  return {
    ...input,
    kind: options.kind,
    apiVersion: apiVersionOf(options),
    metadata: {
      ...withoutEmptyMeta(rest),
      ...(options.strategy.namespaced ? { namespace: context.namespace } : {}),
      uid: randomUUID(),
      creationTimestamp: rfc3339(options.clock.now()),
      ...(options.strategy.tracksGeneration === true ? { generation: 1 } : {}),
    },
  };
}

async function requireNamespace<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  context: RequestContext,
  name: string,
): Promise<void> {
  if (!options.strategy.namespaced) return;
  const { namespace } = context;
  const phase = await options.namespacePhase(namespace);
  if (phase === 'Active') return;
  if (phase === undefined)
    throw new StatusError(notFound({ group: '', resource: 'namespaces' }, namespace));
  throw new StatusError(terminating(options, name, namespace));
}

function terminating<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  name: string,
  namespace: string,
): Status {
  const reason = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const status = forbidden(options.resource, name, reason);
  const causes = [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    },
  ];
  return { ...status, details: { ...status.details, causes } };
}

function generatedName(prefix: string): string {
  const suffix = Array.from({ length: suffixLength }, () =>
    suffixLetters.charAt(randomInt(suffixLetters.length)),
  );
  return `${prefix.slice(0, maxPrefixLength)}${suffix.join('')}`;
}

function withName<T extends KubeObject>(object: T, name: string): T {
  return { ...object, metadata: { ...object.metadata, name } };
}

function isAlreadyExists(error: unknown): boolean {
  return error instanceof StatusError
    ? error.status.reason === 'AlreadyExists'
    : error instanceof StoreError && error.code === 'KeyExists';
}
