import type { HostileServer, Misdeed } from './misdeed.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** A list of tags, what is left of it, and how many elements are no tags. */
export interface OddTags extends Misdeed {
  readonly tags: readonly string[];
  readonly ignored: number;
}

const digest = `sha256:${'a'.repeat(64)}`;

export const oddTags: readonly OddTags[] = [
  odd('null', null, [], 0),
  odd('no tags at all', undefined, [], 0),
  odd('[null]', [null], [], 1),
  odd('numbers and objects', [1, {}, [], true, 'v1'], ['v1'], 4),
  odd(
    'what are no tags',
    ['', '.', 'a b', digest, 'é', 'a'.repeat(200), '../x', '-x', 'v1\n', 'ok_1.0-x'],
    ['ok_1.0-x'],
    9,
  ),
];

/** Documents that are no list of tags. */
export const noTagLists: readonly Misdeed[] = [
  '{"tags":{}}',
  '{"tags":"v1"}',
  '[]',
  'null',
  '"v1"',
  '{"tags":[',
].map((body) => misdeed(54, `the list of tags ${body}`, async () => serveTags(body)));

export const millionTags = misdeed(54, 'more tags than anyone has', async () =>
  serveTags(
    JSON.stringify({ name: 'acme/app', tags: Array.from({ length: 100_001 }, (_, n) => `t${n}`) }),
  ),
);

export const repeatedTags = misdeed(54, 'the same tag many times', async () =>
  serveTags(JSON.stringify({ name: 'acme/app', tags: ['a', 'a', 'b', 'a'] })),
);

export const hugeTagPage = misdeed(54, 'a page of tags of 5 MiB', async () =>
  serveTags(`{"tags":["${'x'.repeat(5 * 1024 * 1024)}"]}`),
);

function odd(what: string, list: unknown, tags: readonly string[], ignored: number): OddTags {
  const start = async (): Promise<HostileServer> =>
    serveTags(JSON.stringify({ name: 'acme/app', tags: list }));
  return { ...misdeed(54, `the tags ${what}`, start), tags, ignored };
}

async function serveTags(body: string): Promise<HostileServer> {
  return startHostile((_request, reply) => {
    reply.send({ headers: { 'Content-Type': 'application/json' }, body });
  });
}
