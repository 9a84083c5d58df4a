import { expect, test } from 'vitest';
import { argumentsAt, type NameSource } from '#src/cli/completion/candidates.ts';
import { replay } from './replay.ts';

const asked: string[] = [];
const names: NameSource = {
  streams: async () => {
    asked.push('streams');
    return ['web', 'app', 'api'];
  },
  tags: async (stream) => {
    asked.push(stream);
    return stream === 'app' ? ['v1', 'v2', 'latest'] : [];
  },
  namespaces: async () => ['default', 'demo'],
};

test.for([
  ['history', [], '', ['api:', 'app:', 'web:']],
  ['rollback', [], 'ap', ['api:', 'app:']],
  ['why', [], 'app:v', ['app:v1', 'app:v2']],
  ['history', ['app:v1'], '', []],
  ['tag', ['quay.io/acme/app:v1'], 'app:l', ['app:latest']],
  ['get', [], 'imagestream', ['imagestreamimages', 'imagestreams', 'imagestreamtags']],
  ['get', ['is'], 'w', ['web']],
  ['get', [], 'is/a', ['is/api', 'is/app']],
  ['describe', ['istag'], 'app:v2', ['app:v2']],
  ['delete', ['ns'], 'de', ['default', 'demo']],
  ['get', ['unknown'], '', []],
  ['completion', [], '', ['bash', 'fish', 'zsh']],
  ['whoami', [], '', []],
] as const)('%s %j %s⇥ is %j', async ([verb, before, current, expected]) => {
  expect(await argumentsAt({ verb, before, current }, names)).toEqual(expected);
});

test('tags are asked of the one stream that was typed', async () => {
  asked.length = 0;
  await argumentsAt({ verb: 'history', before: [], current: 'app:' }, names);
  expect(asked).toEqual(['app']);
});

test.for([
  [['adm', 'pr'], ['prune']],
  [['adm', 'prune', 'im'], ['images']],
  [
    ['adm', 'prune', 'images', '--keep'],
    ['--keep-tag-revisions', '--keep-younger-than'],
  ],
  [['create', 's'], ['secret']],
  [['create', 'is', '--lookup'], ['--lookup-local']],
  [['image', ''], ['info']],
] as const)('the commands and flags of commands are found: %j', async ([words, expected]) => {
  const { stdout } = await replay(['__complete', '--', ...words], { http: [], now: 0 });
  expect(stdout.trim().split('\n')).toEqual(expected);
});
