import { describe, expect, test } from 'vitest';

import { isEnvelopeType, pushedTags } from '#src/registry/notifications/envelope.ts';

/** As registry:2 2.8 writes it. */
function pushOf(repository: string, tag: string | undefined, host = 'registry:5000'): object {
  const digest = `sha256:${'5'.repeat(64)}`;
  return {
    id: '47a3f6b2-7db6-4744-a8dc-508e4d426640',
    timestamp: '2026-11-24T00:28:35.538583425Z',
    action: 'push',
    target: {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      size: 700,
      digest,
      length: 700,
      repository,
      url: `http://${host}/v2/${repository}/manifests/${digest}`,
      ...(tag !== undefined && { tag }),
    },
    request: { id: '1', addr: '10.0.0.7:49898', host, method: 'PUT', useragent: 'docker/27' },
    actor: {},
    source: { addr: 'registry:5000', instanceID: '2' },
  };
}

const envelope = (...events: readonly unknown[]): string => JSON.stringify({ events });

describe('an envelope', () => {
  test('tells of the tags that were pushed, each once', () => {
    const text = envelope(
      pushOf('acme/app', 'v1'),
      pushOf('acme/app', 'v2'),
      pushOf('acme/app', 'v1'),
      pushOf('top', 'v1', 'quay.io'),
    );
    expect(pushedTags(text)).toEqual([
      { repository: 'registry:5000/acme/app', tag: 'v1' },
      { repository: 'registry:5000/acme/app', tag: 'v2' },
      { repository: 'quay.io/top', tag: 'v1' },
    ]);
  });

  test('says nothing of pushes by digest, pulls, mounts and deletes', () => {
    const others = ['pull', 'mount', 'delete', 'PUSH', 7].map((action) => ({
      ...pushOf('acme/app', 'v1'),
      action,
    }));
    expect(pushedTags(envelope(pushOf('acme/app', undefined), ...others))).toEqual([]);
  });

  test('names the registry as the request did, as its URL does, and as it is told to', () => {
    const event = {
      ...pushOf('acme/app', 'v1', 'localhost:5000'),
      request: { host: '10.0.0.1:5000' },
    };
    const names = pushedTags(envelope(event), ['registry:5000', 'registry:5000', ''])!;
    expect(names.map(({ repository }) => repository).toSorted()).toEqual([
      '10.0.0.1:5000/acme/app',
      'localhost:5000/acme/app',
      'registry:5000/acme/app',
    ]);
  });

  test('names Docker Hub as the ledger does', () => {
    const text = envelope(pushOf('redis', '7', 'docker.io'));
    expect(pushedTags(text)).toEqual([
      { repository: 'registry-1.docker.io/library/redis', tag: '7' },
    ]);
  });

  test.for([
    ['nothing', ''],
    ['no JSON', '{"events":['],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"events"'],
    ['without events', '{}'],
    ['events of a wrong type', '{"events":{"0":{}}}'],
    ['events that are inherited', '{"__proto__":{"events":[]}}'],
    ['nested without end', '['.repeat(1_000_000)],
  ])('is none: %s', ([, text]) => {
    expect(pushedTags(text!)).toBeUndefined();
  });

  test.for<[string, unknown]>([
    ['null', null],
    ['a number', 7],
    ['an empty object', {}],
    ['without target', { action: 'push' }],
    ['target a list', { ...pushOf('a', 'b'), target: [] }],
    ['tag a number', { ...pushOf('a', 'b'), target: { repository: 'a', tag: 7 } }],
    ['repository an object', { ...pushOf('a', 'b'), target: { repository: {}, tag: 'b' } }],
    ['host a list', { ...pushOf('a', 'b'), target: { repository: 'a', tag: 'b' }, request: [] }],
    ['URL broken', { ...pushOf('a', 'b', ''), request: {} }],
    ['upper case', pushOf('Acme/App', 'v1')],
    ['a path upwards', pushOf('../../etc/passwd', 'v1')],
    ['a tag with a slash', pushOf('acme/app', 'v1/../x')],
    ['a digest in the tag', pushOf('acme/app', `v1@sha256:${'5'.repeat(64)}`)],
    ['a line break', pushOf('acme/app', 'v1\nv2')],
    ['a host that is none', pushOf('acme/app', 'v1', 'server')],
    ['a long name', pushOf('a'.repeat(300), 'v1')],
    ['a huge name', pushOf('a/'.repeat(500_000), 'v1')],
  ])('is read past an event that makes no sense: %s', ([, event]) => {
    expect(pushedTags(envelope(event, pushOf('acme/app', 'good')))).toEqual([
      { repository: 'registry:5000/acme/app', tag: 'good' },
    ]);
  });

  test('of ten thousand events comes down to what it tells of', () => {
    const events = Array.from({ length: 10_000 }, (_, index) =>
      pushOf('acme/app', `v${index % 3}`),
    );
    expect(pushedTags(envelope(...events))).toHaveLength(3);
    const distinct = Array.from({ length: 10_000 }, (_, index) => pushOf(`acme/app${index}`, 'v1'));
    expect(pushedTags(envelope(...distinct))).toHaveLength(10_000);
  });
});

test.for([
  ['application/vnd.docker.distribution.events.v1+json', true],
  ['application/vnd.docker.distribution.events.v2+json; charset=utf-8', true],
  ['Application/JSON', true],
  ['text/plain', false],
  ['', false],
] as const)('%s is the type of an envelope: %s', ([type, expected]) => {
  expect(isEnvelopeType(type)).toBe(expected);
});
