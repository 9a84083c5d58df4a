import { expect, test } from 'vitest';

import { trackApply, trackUpdate } from '#src/meta/managed-fields/track.ts';
import type { KubeObject } from '#src/meta/object.ts';

const schema = {
  type: 'object',
  properties: {
    metadata: { type: 'object', preserveUnknown: true },
    data: { type: 'object', additionalProperties: { type: 'string' } },
  },
} as const;

function tracking(
  manager: string,
  second: number,
  apiVersion = 'v1',
): Parameters<typeof trackUpdate>[2] {
  return {
    writer: { manager, operation: 'Update', apiVersion, subresource: '' },
    schema,
    now: `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`,
    hasStatus: false,
  };
}

interface Data extends KubeObject {
  data: Record<string, string>;
}

/** An object to which each of so many managers in turn added a field of its own. */
function writtenBy(count: number, version: (index: number) => string = () => 'v1'): Data {
  let live: Data | undefined;
  for (let index = 0; index < count; index += 1) {
    const next: Data = {
      kind: 'X',
      apiVersion: 'v1',
      metadata: { name: 'x' },
      data: { ...live?.data, [`k${index}`]: 'v' },
    };
    live = trackUpdate(live, next, tracking(`m${index}`, index, version(index)));
  }
  if (live === undefined) throw new Error('nobody wrote');
  return live;
}

const managers = ({ metadata }: KubeObject): string[] =>
  (metadata.managedFields ?? []).map(
    ({ manager = '', apiVersion = '' }) => `${manager} ${apiVersion}`,
  );

test('ten managers that update are kept apart', () => {
  expect(managers(writtenBy(10))).toHaveLength(10);
});

test('the oldest are merged, with all that they own and the time of the last of them', () => {
  const object = writtenBy(13);
  expect(managers(object)).toEqual([
    'ancient-changes v1',
    ...[4, 5, 6, 7, 8, 9, 10, 11, 12].map((index) => `m${index} v1`),
  ]);
  expect(object.metadata.managedFields?.[0]).toMatchObject({
    operation: 'Update',
    time: '2026-01-01T00:00:03Z',
    fieldsV1: { 'f:data': { 'f:k0': {}, 'f:k1': {}, 'f:k2': {}, 'f:k3': {} } },
  });
});

test('each apiVersion has a bucket of its own', () => {
  const names = managers(writtenBy(14, (index) => (index % 2 === 0 ? 'v1' : 'v2')));
  expect(names.filter((name) => name.startsWith('ancient'))).toEqual([
    'ancient-changes v1',
    'ancient-changes v2',
  ]);
  expect(names).toHaveLength(10);
});

test('appliers do not count', () => {
  let live = writtenBy(10);
  for (const name of ['a', 'b', 'c']) {
    const configuration: Data = { ...live, metadata: { name: 'x' }, data: { [name]: '1' } };
    const writer = {
      manager: name,
      operation: 'Apply',
      apiVersion: 'v1',
      subresource: '',
    } as const;
    const applied = trackApply(live, configuration, {
      ...tracking(name, 20),
      writer,
      force: false,
    });
    if (applied.conflicts !== undefined) throw new Error('a conflict');
    live = applied.object;
  }
  expect(managers(live)).toHaveLength(13);
});
