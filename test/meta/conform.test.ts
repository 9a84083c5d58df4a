import { describe, expect, test } from 'vitest';

import { conform } from '#src/meta/conform.ts';
import type { JsonValue } from '#src/meta/json.ts';
import type { Schema } from '#src/meta/schema.ts';

const text: Schema = { type: 'string' };
const tag: Schema = {
  id: 'api.v1.TagReference',
  type: 'object',
  properties: { name: text, policy: { ...text, default: 'Source' } },
};
const stream: Schema = {
  id: 'api.v1.Stream',
  type: 'object',
  properties: {
    labels: { type: 'object', additionalProperties: text },
    free: { type: 'object', preserveUnknown: true, properties: { known: tag } },
    anything: {},
    spec: {
      id: 'api.v1.StreamSpec',
      type: 'object',
      properties: {
        tags: { type: 'array', items: tag },
        size: { type: 'integer', format: 'int32' },
        on: { type: 'boolean' },
        port: { type: 'integer', format: 'int-or-string' },
      },
    },
  },
};

describe('a value that is held against its schema', () => {
  test('loses the fields that the schema does not have, and they are named', () => {
    const value = { bogus: 1, spec: { tags: [{ name: 'a' }, { nome: 'b' }], sise: 2 } };
    expect(conform(value, stream)).toEqual({
      value: {
        spec: {
          tags: [{ name: 'a', policy: 'Source' }, { policy: 'Source' }],
        },
      },
      unknown: ['bogus', 'spec.tags[1].nome', 'spec.sise'],
      mismatch: undefined,
    });
  });

  test.for<{ name: string; value: JsonValue }>([
    { name: 'any key of a map', value: { labels: { 'a.b/c': 'd', constructor: 'e' } } },
    { name: 'any field of what is kept as it is', value: { free: { x: { y: [1] } } } },
    { name: 'anything where nothing is said', value: { anything: [1, { a: null }] } },
    { name: 'a number or a text where both may be', value: { spec: { port: 'http' } } },
  ])('may have $name', ({ value }) => {
    expect(conform(value, stream)).toEqual({ value, unknown: [], mismatch: undefined });
  });

  test.for<{ value: JsonValue; mismatch: string }>([
    {
      value: { spec: { tags: 'x' } },
      mismatch: 'string into Go struct field StreamSpec.spec.tags of type []v1.TagReference',
    },
    {
      value: { spec: { tags: [{ name: 1 }] } },
      mismatch: 'number into Go struct field TagReference.spec.tags.name of type string',
    },
    {
      value: { labels: { a: true } },
      mismatch: 'bool into Go struct field Stream.labels.a of type string',
    },
    {
      value: { labels: [] },
      mismatch: 'array into Go struct field Stream.labels of type map[string]string',
    },
    {
      value: { spec: { size: 1.5 } },
      mismatch: 'number 1.5 into Go struct field StreamSpec.spec.size of type int32',
    },
    {
      value: { spec: { on: 'yes' } },
      mismatch: 'string into Go struct field StreamSpec.spec.on of type bool',
    },
  ])('has a wrong type: $mismatch', ({ value, mismatch }) => {
    expect(conform(value, stream).mismatch).toBe(`json: cannot unmarshal ${mismatch}`);
  });

  test('has null for a field that is absent, and for the empty value of an item', () => {
    const value = { spec: null, labels: { a: null } };
    expect(conform(value, stream)).toMatchObject({ value: { labels: { a: '' } }, unknown: [] });
    const { value: list } = conform({ spec: { tags: [null] } }, stream);
    expect(list).toMatchObject({ spec: { tags: [{}] } });
  });

  test('gets defaults where the field is absent or null', () => {
    const missing = conform({ spec: { tags: [{ name: 'a' }] } }, stream);
    const nothing = conform({ spec: { tags: [{ name: 'a', policy: null }] } }, stream);
    expect(nothing.value).toEqual(missing.value);
  });
});
