import type { Strategy } from '#src/apiserver/generic/strategy.ts';
import type { Resource, Rest } from '#src/apiserver/resource.ts';
import { parseQuantity } from '#src/domain/quantity.ts';
import { invalid, type FieldError } from '#src/meta/field-error.ts';

import { ageColumn, nameColumn, textColumn } from '../cells.ts';
import { coreRest } from '../core.ts';
import type { ResourceDeps } from '../deps.ts';
import { countStreams, streamCount, type ResourceQuota } from '../quota.ts';
import { resourceQuotaSchema } from './schema.ts';

const strategy: Strategy<ResourceQuota> = {
  namespaced: true,
  allowUnconditionalUpdate: true,
  prepareForCreate: withoutStatus,
  validateCreate: validateQuota,
  prepareForUpdate: withoutStatus,
  validateUpdate: validateQuota,
};

/** core/v1 resourcequotas; `status` is counted when it is read. */
export function resourceQuotas(deps: ResourceDeps): Resource<ResourceQuota> {
  const rest = coreRest(deps, { resource: 'resourcequotas', kind: 'ResourceQuota' }, strategy);
  const counted: Rest<ResourceQuota> = {
    ...rest,
    get: async (context, name) => withStatus(deps, await rest.get(context, name)),
    async list(context, query) {
      const list = await rest.list(context, query);
      return {
        ...list,
        items: await Promise.all(list.items.map((quota) => withStatus(deps, quota))),
      };
    },
  };
  return {
    group: '',
    version: 'v1',
    name: 'resourcequotas',
    singular: 'resourcequota',
    kind: 'ResourceQuota',
    namespaced: true,
    shortNames: ['quota'],
    categories: [],
    rest: counted,
    subresources: [],
    columns: [
      nameColumn,
      textColumn('Used', 'What is used of the limits.', (quota: ResourceQuota) => usedCell(quota)),
      ageColumn,
    ],
    schema: resourceQuotaSchema,
  };
}

function usedCell({ status }: ResourceQuota): string {
  const { hard = {}, used = {} } = status ?? {};
  return Object.keys(hard)
    .map((name) => `${name}: ${used[name] ?? '0'}/${hard[name] ?? ''}`)
    .join(', ');
}

async function withStatus(deps: ResourceDeps, quota: ResourceQuota): Promise<ResourceQuota> {
  const limit = quota.spec?.hard?.[streamCount];
  if (limit === undefined) return quota;
  const used = await countStreams(deps.objects, quota.metadata.namespace ?? '');
  return {
    ...quota,
    status: { hard: { [streamCount]: limit }, used: { [streamCount]: String(used) } },
  };
}

function withoutStatus({ status: _status, ...quota }: ResourceQuota): ResourceQuota {
  return quota;
}

function validateQuota(quota: ResourceQuota): FieldError[] {
  return Object.entries(quota.spec?.hard ?? {}).flatMap(([name, value]) =>
    parseQuantity(value) === undefined
      ? [invalid(`spec.hard[${name}]`, value, 'must be a quantity')]
      : [],
  );
}
