import { describe, expect, test } from 'vitest';
import {
  imageLimits,
  imageSizeStatus,
  isLimitExceeded,
  limitFieldError,
  streamLimitStatus,
  type LimitRange,
} from '#src/domain/limits.ts';
import { binaryQuantity, parseQuantity } from '#src/domain/quantity.ts';
import { image, imported, stream, tagFrom } from './builders.ts';

describe('quantities', () => {
  test.for([
    ['2', 2],
    ['2Ki', 2048],
    ['1.5Gi', 1_610_612_736],
    ['3k', 3000],
    ['2e3', 2000],
    ['1E', 1e18],
    ['100m', 1],
    ['.5k', 500],
    ['', undefined],
    ['12 Ki', undefined],
    ['constructor', undefined],
  ] as const)('%s', ([text, value]) => {
    expect(parseQuantity(text)).toBe(value);
  });

  test.for([
    [2048, '2Ki'],
    [999_999, '999999'],
    [1_073_741_824, '1Gi'],
    [0, '0'],
  ] as const)('%i is written %s', ([bytes, text]) => {
    expect(binaryQuantity(bytes)).toBe(text);
  });
});

function range(type: string, max: Record<string, string>): LimitRange {
  return { spec: { limits: [{ type, max }] } };
}

describe('limits of a namespace', () => {
  test('the smallest of all LimitRanges holds', () => {
    expect(
      imageLimits([
        range('openshift.io/ImageStream', { 'openshift.io/images': '5' }),
        range('openshift.io/ImageStream', {
          'openshift.io/images': '3',
          'openshift.io/image-tags': '2',
        }),
        range('openshift.io/Image', { storage: '1Gi' }),
        range('Pod', { storage: '1' }),
      ]),
    ).toEqual({ images: 3, imageTags: 2, imageSize: 1_073_741_824 });
  });
});

describe('what a stream holds', () => {
  const limits = { imageTags: 1, images: 9 };

  test('one image under two spellings counts once; tags of the same stream count nothing', () => {
    const of = stream('app', [
      imported('a', 'python'),
      imported('b', 'docker.io/library/python:latest'),
      tagFrom('c', 'ImageStreamTag', 'a'),
    ]);
    expect(streamLimitStatus(of, undefined, limits)).toBeUndefined();
  });

  test('too much is forbidden, in the words that clients look for', () => {
    const of = stream('app', [imported('a'), tagFrom('b', 'ImageStreamTag', 'lib:x')]);
    const status = streamLimitStatus(of, undefined, limits);
    expect(status?.message).toBe(
      'ImageStream.image.openshift.io "app" is forbidden: requested usage of openshift.io/image-tags exceeds the maximum limit per openshift.io/ImageStream (2 > 1)',
    );
    expect(isLimitExceeded(status!)).toBe(true);
    expect(limitFieldError(status!, 'status').field).toBe('imageStream');
  });

  test('a stream that is over a new limit stays editable as long as nothing is added', () => {
    const of = stream('app', [imported('a'), imported('b')]);
    expect(streamLimitStatus(of, of, limits)).toBeUndefined();
    const more = stream('app', [imported('a'), imported('c')]);
    expect(streamLimitStatus(more, of, limits)).toBeDefined();
  });
});

test('a pushed image may be as large as the limit and no larger', () => {
  const metadata = {
    kind: 'DockerImage' as const,
    apiVersion: 'image.openshift.io/1.0' as const,
    Id: '',
    Created: null,
    ContainerConfig: {},
  };
  const sized = (Size: number): ReturnType<typeof image> => ({
    ...image('sha256:1'),
    dockerImageMetadata: { ...metadata, Size },
  });
  expect(imageSizeStatus(sized(2048), 'm', { imageSize: 2048 })).toBeUndefined();
  expect(imageSizeStatus(sized(2049), 'm', { imageSize: 2048 })?.message).toContain('(2049 > 2Ki)');
});
