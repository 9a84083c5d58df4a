import { describe, expect, test } from 'vitest';

import { fieldErrorText } from '#src/meta/field-error.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from '#src/meta/object-meta.ts';
import type { ObjectMeta } from '#src/meta/object.ts';

const texts = (meta: ObjectMeta, namespaced = true): string[] =>
  validateObjectMeta(meta, namespaced).map(fieldErrorText);

const good: ObjectMeta = { name: 'a', namespace: 'n' };

describe('metadata of a new object', () => {
  test('a name and a namespace are enough', () => {
    expect(texts(good)).toEqual([]);
    expect(texts({ name: 'a' }, false)).toEqual([]);
  });

  test.for<{ name: string; meta: ObjectMeta; error: string }>([
    {
      name: 'no name',
      meta: { namespace: 'n' },
      error: 'metadata.name: Required value: name or generateName is required',
    },
    {
      name: 'a slash in the name',
      meta: { ...good, name: 'a/b' },
      error: `metadata.name: Invalid value: "a/b": may not contain '/'`,
    },
    {
      name: 'dots for a name',
      meta: { ...good, name: '..' },
      error: `metadata.name: Invalid value: "..": may not be '..'`,
    },
    { name: 'no namespace', meta: { name: 'a' }, error: 'metadata.namespace: Required value' },
    {
      name: 'a label key with a blank',
      meta: { ...good, labels: { 'a b': 'x' } },
      error:
        "metadata.labels: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    },
    {
      name: 'a label value with a dash in front',
      meta: { ...good, labels: { x: '-y' } },
      error:
        "metadata.labels: Invalid value: \"-y\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    },
    {
      name: 'too many annotations',
      meta: { ...good, annotations: { a: 'ü'.repeat(131_072) } },
      error: 'metadata.annotations: Too long: must have at most 262144 bytes',
    },
    {
      name: 'a finalizer without a domain',
      meta: { ...good, finalizers: ['mine'] },
      error:
        'metadata.finalizers: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    },
    {
      name: 'an owner without uid',
      meta: { ...good, ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: '' }] },
      error: 'metadata.ownerReferences[0].uid: Invalid value: "": must not be empty',
    },
  ])('$name is refused', ({ meta, error }) => {
    expect(texts(meta)).toEqual([error]);
  });

  test('an object of the cluster has no namespace', () => {
    expect(texts(good, false)).toEqual(['metadata.namespace: Forbidden: not allowed on this type']);
  });

  test('annotations may have capitals in their domain', () => {
    expect(texts({ ...good, annotations: { 'Example.COM/Key': 'v' } })).toEqual([]);
  });
});

describe('metadata of an object that replaces another', () => {
  const current = { metadata: { ...good, uid: '1' } };

  test('name, namespace and uid stay', () => {
    const next = { metadata: { name: 'b', namespace: 'm', uid: '2' } };
    expect(validateObjectMetaUpdate(next, current, true).map(fieldErrorText)).toEqual([
      'metadata.name: Invalid value: "b": field is immutable',
      'metadata.namespace: Invalid value: "m": field is immutable',
      'metadata.uid: Invalid value: "2": field is immutable',
    ]);
  });

  test('no finalizer is added to an object that is being deleted', () => {
    const deleted = { ...current.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
    const next = { metadata: { ...deleted, finalizers: ['x.y/z'] } };
    expect(validateObjectMetaUpdate(next, { metadata: deleted }, true).map(fieldErrorText)).toEqual(
      [
        'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.y/z"}',
      ],
    );
  });
});
