import { describe, expect, test } from 'vitest';
import {
  blockedRegistry,
  internalImportError,
  invalidFromName,
  invalidRepositoryName,
  manifestNotFound,
  normalisedReference,
  repositoryImagesFailed,
  severalSourcesFailed,
  unauthorizedImage,
  unusableReference,
} from '#src/domain/import-status.ts';
import { referenceOf } from '#src/domain/reference.ts';
import type { Status } from '#src/meta/status.ts';

const text = 'docker.io/library/python:nope';

describe('what becomes of one image of an import', () => {
  test('a missing image, as it stands inside an import', () => {
    expect(manifestNotFound(text)).toEqual({
      metadata: {},
      status: 'Failure',
      message: `dockerimage.image.openshift.io "${text}" not found`,
      reason: 'NotFound',
      details: { name: text, group: 'image.openshift.io', kind: 'dockerimage' },
      code: 404,
    });
  });

  test.for<[Status, number, string]>([
    [unauthorizedImage(text), 401, `you may not have access to the container image "${text}"`],
    [blockedRegistry('quay.io'), 403, 'forbidden: registry quay.io blocked'],
    [internalImportError('denied: no', text), 500, `Internal error occurred: ${text}: denied: no`],
    [internalImportError('oops'), 500, 'Internal error occurred: oops'],
    [
      invalidFromName('!', 'invalid reference format'),
      422,
      ' "" is invalid: from.name: Invalid value: "!": invalid name: invalid reference format',
    ],
    [
      invalidRepositoryName('a//b'),
      422,
      '.image.openshift.io "" is invalid: from.name: Invalid value: "a//b": the provided repository name is not valid',
    ],
    [
      severalSourcesFailed([manifestNotFound('a'), unauthorizedImage('b')]),
      500,
      'Internal error occurred: [dockerimage.image.openshift.io "a" not found, you may not have access to the container image "b"]',
    ],
    [
      severalSourcesFailed([manifestNotFound('a')]),
      404,
      'dockerimage.image.openshift.io "a" not found',
    ],
    [
      unusableReference(referenceOf('quay.io')!, 'no name'),
      500,
      'Internal error occurred: unable to parse docker reference : no name',
    ],
  ])('%o', ([status, code, message]) => {
    expect([status.code, status.message, status.kind]).toEqual([code, message, undefined]);
  });
});

test('a repository counts the images that failed', () => {
  expect(repositoryImagesFailed(1).message).toBe(
    'one of the images from this repository failed to import',
  );
  expect(repositoryImagesFailed(3)).toEqual({
    metadata: {},
    status: 'Failure',
    message: '3 of the images from this repository failed to import',
    reason: 'ImportFailed',
  });
});

test('messages name an image in full', () => {
  expect(normalisedReference(referenceOf('python:nope')!)).toBe(text);
});
