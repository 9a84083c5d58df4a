import { describe, expect, test } from 'vitest';
import { invalid, required } from '#src/meta/field-error.ts';
import { forbidden, invalidObject, modified, notFound } from '#src/meta/status.ts';

const imageStreams = { group: 'image.openshift.io', resource: 'imagestreams' };

describe('status', () => {
  test('a missing object names its resource, group and name', () => {
    expect(notFound(imageStreams, 'app')).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'imagestreams.image.openshift.io "app" not found',
      reason: 'NotFound',
      details: { name: 'app', group: 'image.openshift.io', kind: 'imagestreams' },
      code: 404,
    });
  });

  test('a stale resourceVersion answers the words that clients show', () => {
    expect(modified(imageStreams, 'app').message).toBe(
      'Operation cannot be fulfilled on imagestreams.image.openshift.io "app": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  test('several field errors are listed in brackets, one stands alone', () => {
    const kind = { group: 'image.openshift.io', kind: 'ImageStream' };
    const from = required('spec.tags[a].from');
    expect(invalidObject(kind, 'app', [from]).message).toBe(
      'ImageStream.image.openshift.io "app" is invalid: spec.tags[a].from: Required value',
    );
    expect(invalidObject(kind, 'app', [from, invalid('metadata.name', 'A_b', 'no')]).message).toBe(
      'ImageStream.image.openshift.io "app" is invalid: [spec.tags[a].from: Required value, metadata.name: Invalid value: "A_b": no]',
    );
  });

  test('an import status has neither kind nor group before its name', () => {
    const status = invalidObject({ group: '', kind: '' }, '', [invalid('from.name', '!', 'no')]);
    expect(status.message).toBe(' "" is invalid: from.name: Invalid value: "!": no');
  });

  test.for([
    ['alice:canary@registry.example/a/b:c', '[hidden]@registry.example/a/b:c'],
    ['http://alice:canary@registry.example/a', 'http://[hidden]@registry.example/a'],
    ['localhost:5000/a:b@sha256:nope', 'localhost:5000/a:b@sha256:nope'],
  ])('a value that is refused shows no password: %s', ([value, shown]) => {
    const kind = { group: 'image.openshift.io', kind: 'ImageStream' };
    const { message } = invalidObject(kind, 'a', [invalid('from.name', value, 'no')]);
    expect(message).toContain(`Invalid value: "${shown}": no`);
  });

  test('a refusal without a subject stands alone', () => {
    expect(forbidden({ group: '', resource: '' }, '', 'registry quay.io blocked').message).toBe(
      'forbidden: registry quay.io blocked',
    );
  });
});
