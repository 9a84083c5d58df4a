import { describe, expect, test } from 'vitest';
import { pushTagEvent } from '#src/domain/history.ts';
import { movedTags } from '#src/domain/moved-tags.ts';
import { followedTags, parseTriggers, triggersOf } from '#src/domain/trigger-annotation.ts';
import { podSpecPaths, reactToTriggers, withImageChanges } from '#src/domain/trigger-reaction.ts';
import type { Reaction } from '#src/domain/trigger-reaction.ts';
import type { TagEvent } from '#src/domain/types.ts';
import { digest, imported, stream } from './builders.ts';

function trigger(fieldPath: string, more: object = {}): object {
  return { from: { kind: 'ImageStreamTag', name: 'python:3.9' }, fieldPath, ...more };
}

const web = 'spec.template.spec.containers[?(@.name=="web")].image';

describe('the annotation', () => {
  test('is a list of containers and the tags they follow', () => {
    const text = JSON.stringify([trigger(web, { paused: true })]);
    expect(parseTriggers(text)).toEqual({
      triggers: [
        { from: { kind: 'ImageStreamTag', name: 'python:3.9' }, fieldPath: web, paused: true },
      ],
    });
    expect(triggersOf({ metadata: {} })).toEqual({ triggers: [] });
  });

  test.for([
    ['not json', 'the triggers are no JSON list'],
    ['{}', 'the triggers are no JSON list'],
    [JSON.stringify([trigger(web), trigger(web)]), 'duplicate triggers are not allowed'],
    [
      JSON.stringify([trigger(web, { paused: 'true' })]),
      'a trigger needs from.kind, from.name and fieldPath; paused is true or false',
    ],
    ['[null]', 'a trigger needs from.kind, from.name and fieldPath; paused is true or false'],
  ] as const)('%s is ignored as a whole', ([text, error]) => {
    expect(parseTriggers(text)).toEqual({ error });
  });

  test('concerns the tags of unpaused triggers on image stream tags', () => {
    const parsed = parseTriggers(
      JSON.stringify([
        trigger('a'),
        trigger('b', { paused: true }),
        trigger('c', { from: { kind: 'ImageStreamTag', name: 'lib:v1', namespace: 'shared' } }),
        trigger('d', { from: { kind: 'ImageStreamTag', name: 'nocolon' } }),
        trigger('e', { from: { kind: 'DockerImage', name: 'a:b' } }),
        trigger('f', { from: { kind: 'ImageStreamTag', name: 'a:b', apiVersion: 'v1' } }),
      ]),
    );
    if ('error' in parsed) throw new Error(parsed.error);
    expect(followedTags('demo', parsed.triggers)).toEqual([
      { namespace: 'demo', stream: 'python', tag: '3.9' },
      { namespace: 'shared', stream: 'lib', tag: 'v1' },
    ]);
  });
});

describe('a reaction', () => {
  const deployment = {
    spec: {
      template: {
        spec: {
          initContainers: [{ name: 'setup', image: 'old' }],
          containers: [
            { name: 'web', image: 'old' },
            { name: 'side', image: 'other' },
          ],
        },
      },
    },
  };

  function react(fieldPath: string, image: string | undefined, more: object = {}): Reaction {
    const parsed = parseTriggers(JSON.stringify([trigger(fieldPath, more)]));
    if ('error' in parsed) throw new Error(parsed.error);
    return reactToTriggers(deployment, parsed.triggers, {
      namespace: 'demo',
      podSpecPath: podSpecPaths.get('Deployment') ?? '',
      resolve: (tag) => (tag.stream === 'python' ? image : undefined),
    });
  }

  const base = ['spec', 'template', 'spec'];

  test.for([
    [web, [...base, 'containers', 0, 'image']],
    ['spec.template.spec.containers[0].image', [...base, 'containers', 0, 'image']],
    ['spec.template.spec.initContainers[0].image', [...base, 'initContainers', 0, 'image']],
    [
      'spec.template.spec.containers[?(@.name=="setup")].image',
      [...base, 'initContainers', 0, 'image'],
    ],
  ] as const)('finds %s', ([fieldPath, path]) => {
    expect(react(fieldPath, 'new')).toEqual({ changes: [{ path, from: 'old', to: 'new' }] });
  });

  test.for([
    [web, 'old', {}],
    [web, undefined, {}],
    [web, 'new', { paused: true }],
    ['spec.jobTemplate.spec.template.spec.containers[0].image', 'new', {}],
  ] as const)('passes over %s for %s %o', ([fieldPath, image, more]) => {
    expect(react(fieldPath, image, more)).toEqual({ changes: [] });
  });

  test.for([
    ['spec.template.spec.containers[9].image', 'no such container: '],
    ['spec.template.spec.containers[?(@.name=="x")].image', 'no such container: '],
    ["spec.template.spec.containers[?(@.name=='web')].image", 'field path is not valid: '],
    ['spec.template.spec.containers[-1].image', 'field path is not valid: '],
    ['spec.template.spec.containers[0].name', 'field path is not valid: '],
    ['spec.template.spec.volumes[0].image', 'field path is not valid: '],
  ] as const)('fails on %s', ([fieldPath, error]) => {
    expect(react(fieldPath, 'new')).toEqual({ error: `${error}${fieldPath}` });
  });

  test('changes the named container only, and a second one finds nothing to do', () => {
    const reaction = react(web, 'new');
    if ('error' in reaction) throw new Error(reaction.error);
    const next = withImageChanges(deployment, reaction.changes);
    const { containers } = next.spec.template.spec;
    expect(containers.map((each) => each.image)).toEqual(['new', 'other']);
    expect(deployment.spec.template.spec.containers[0]?.image).toBe('old');
  });
});

function item(pair: string, generation: number): TagEvent {
  const image = digest(pair);
  return { created: 'T', dockerImageReference: `quay.io/a/b@${image}`, image, generation };
}

describe('tags that moved', () => {
  const old = pushTagEvent(stream('app', [imported('v1')]), 'v1', item('aa', 1));

  test('point at another image, or are new', () => {
    expect(movedTags(undefined, old).map(({ tag, from }) => [tag, from])).toEqual([
      ['v1', undefined],
    ]);
    expect(movedTags(old, pushTagEvent(old, 'v1', item('bb', 2)))).toEqual([
      {
        tag: 'v1',
        from: item('aa', 1),
        to: item('bb', 2),
        pullSpec: `quay.io/a/b@${digest('bb')}`,
      },
    ]);
  });

  test('are not those that only took a new generation', () => {
    expect(movedTags(old, pushTagEvent(old, 'v1', item('aa', 2)))).toEqual([]);
  });

  test('are those under another reference policy', () => {
    const local = {
      ...old,
      spec: {
        ...old.spec,
        tags: [{ ...imported('v1'), referencePolicy: { type: 'Local' as const } }],
      },
      status: { ...old.status, dockerImageRepository: 'registry.local/ns/app' },
    };
    expect(movedTags(old, local).map((move) => move.pullSpec)).toEqual([
      `registry.local/ns/app@${digest('aa')}`,
    ]);
  });
});
