import type { Strategy } from '#src/apiserver/generic/strategy.ts';
import type { Resource } from '#src/apiserver/resource.ts';
import type { LimitRange as LimitRangeSpec } from '#src/domain/limits.ts';
import { parseQuantity } from '#src/domain/quantity.ts';
import { invalid, required, type FieldError } from '#src/meta/field-error.ts';
import type { KubeObject } from '#src/meta/object.ts';

import { nameColumn, textColumn } from '../cells.ts';
import { coreRest } from '../core.ts';
import type { ResourceDeps } from '../deps.ts';
import { limitRangeSchema } from './schema.ts';

/** core/v1 LimitRange; the types that count here are `openshift.io/ImageStream` and `openshift.io/Image`. */
export interface LimitRange extends KubeObject, LimitRangeSpec {}

const strategy: Strategy<LimitRange> = {
  namespaced: true,
  allowUnconditionalUpdate: true,
  prepareForCreate: (range) => range,
  validateCreate: validateRange,
  prepareForUpdate: (next) => next,
  validateUpdate: validateRange,
};

/** core/v1 limitranges. */
export function limitRanges(deps: ResourceDeps): Resource<LimitRange> {
  return {
    group: '',
    version: 'v1',
    name: 'limitranges',
    singular: 'limitrange',
    kind: 'LimitRange',
    namespaced: true,
    shortNames: ['limits'],
    categories: [],
    rest: coreRest(deps, { resource: 'limitranges', kind: 'LimitRange' }, strategy),
    subresources: [],
    columns: [
      nameColumn,
      textColumn(
        'Created At',
        'When the object was created.',
        (range: LimitRange) => range.metadata.creationTimestamp ?? '',
      ),
    ],
    schema: limitRangeSchema,
  };
}

function validateRange(range: LimitRange): FieldError[] {
  return (range.spec?.limits ?? []).flatMap((limit, index) => {
    const path = `spec.limits[${index}]`;
    const type = (limit.type ?? '') === '' ? [required(`${path}.type`)] : [];
    const quantities = Object.entries(limit.max ?? {}).flatMap(([name, value]) =>
      parseQuantity(value) === undefined
        ? [invalid(`${path}.max[${name}]`, value, 'must be a quantity')]
        : [],
    );
    return [...type, ...quantities];
  });
}
