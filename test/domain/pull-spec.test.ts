import { describe, expect, test } from 'vitest';
import {
  accuratePullSpec,
  resolveNewestPullSpec,
  resolveRecentPullSpec,
  resolveReferenceForTagEvent,
} from '#src/domain/pull-spec.ts';
import type { ImageStream, TagEvent, TagReference } from '#src/domain/types.ts';
import { digest, imported, stream } from './builders.ts';

const event: TagEvent = {
  created: '',
  dockerImageReference: `quay.io/acme/demo@${digest('aa')}`,
  image: digest('aa'),
  generation: 2,
};

function app(tag: TagReference | undefined, items: TagEvent[], repository = ''): ImageStream {
  const base = stream('app', tag === undefined ? [] : [tag]);
  return {
    ...base,
    status: { dockerImageRepository: repository, tags: [{ tag: 'v1', items }] },
  };
}

const source = { ...imported('v1'), generation: 2 };
const local: TagReference = { ...source, referencePolicy: { type: 'Local' } };

describe('the reference policy', () => {
  test.for([
    ['Source', source, 'registry.local/ns/app', event.dockerImageReference],
    ['Local', local, 'registry.local/ns/app', `registry.local/ns/app@${digest('aa')}`],
    ['Local without a registry', local, '', event.dockerImageReference],
    ['Local in an unreadable place', local, 'NOT A PLACE', event.dockerImageReference],
    ['no intent', undefined, 'registry.local/ns/app', event.dockerImageReference],
  ] as const)('%s', ([, tag, repository, expected]) => {
    const of = app(tag, [event], repository);
    expect(resolveReferenceForTagEvent(of, 'v1', event)).toBe(expected);
  });

  test('a mere reference is never local', () => {
    const reference = { ...event, image: '' };
    const of = app(local, [reference], 'registry.local/ns/app');
    expect(resolveReferenceForTagEvent(of, 'v1', reference)).toBe(event.dockerImageReference);
  });
});

describe('while a newer intent waits for its import', () => {
  const waiting = { ...source, generation: 3 };

  test('the recent pull spec is the old one, and says so', () => {
    expect(resolveRecentPullSpec(app(waiting, [event]), 'v1')).toEqual({
      pullSpec: event.dockerImageReference,
      hasNewer: true,
      isTagEmpty: false,
    });
  });

  test('the newest is the source, unless only the import can tell', () => {
    expect(resolveNewestPullSpec(app(waiting, [event]), 'v1')).toMatchObject({
      pullSpec: 'quay.io/acme/demo:v1',
    });
    expect(
      resolveNewestPullSpec(app({ ...waiting, referencePolicy: { type: 'Local' } }, [event]), 'v1'),
    ).toEqual({ error: 'the pull spec cannot be determined yet' });
  });
});

describe('a tag without history', () => {
  test.for([
    [source, '', { pullSpec: 'quay.io/acme/demo:v1', hasNewer: false, isTagEmpty: true }],
    [
      local,
      'registry.local/ns/app',
      { pullSpec: 'registry.local/ns/app:v1', hasNewer: false, isTagEmpty: true },
    ],
    [local, '', { error: 'no image repository has been set on the image stream status' }],
  ] as const)('%#', ([tag, repository, expected]) => {
    expect(resolveRecentPullSpec(app(tag, [], repository), 'v1')).toEqual(expected);
  });
});

test('the most accurate spelling pins the repository to the image', () => {
  expect(accuratePullSpec('quay.io/a/b:c', digest('aa'))).toBe(`quay.io/a/b@${digest('aa')}`);
  expect(accuratePullSpec('quay.io/a/b:c', 'no-digest')).toBe('quay.io/a/b:c');
});
