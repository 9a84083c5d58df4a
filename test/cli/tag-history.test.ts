import { describe, expect, test } from 'vitest';
import { historyText, parseTagName, rollbackTarget } from '#src/cli/tag-history.ts';
import type { ImageStream } from '#src/domain/types.ts';

const [a, b] = ['a', 'b'].map((letter) => `sha256:${letter.repeat(64)}`) as [string, string];

/** A tag that was at A, then at B, then at A again. */
const stream: ImageStream = {
  metadata: { name: 'app' },
  spec: { lookupPolicy: { local: false } },
  status: {
    dockerImageRepository: '',
    tags: [
      {
        tag: 'prod',
        items: [
          event(a, '2026-01-03T00:00:00Z'),
          event(b, '2026-01-02T00:00:00Z'),
          event(a, '2026-01-01T00:00:00Z'),
        ],
      },
      { tag: 'failed', items: null },
      { tag: 'ref', items: [event(a, '2026-01-02T00:00:00Z'), event('', '2026-01-01T00:00:00Z')] },
    ],
  },
};

function event(
  image: string,
  created: string,
): {
  created: string;
  dockerImageReference: string;
  image: string;
  generation: number;
} {
  return { created, dockerImageReference: `reg.io/app@${image}`, image, generation: 1 };
}

test('the history is a table, newest first, with its oldest entry as revision 1', () => {
  const now = Date.parse('2026-01-03T00:00:10Z');
  const entries = [
    {
      revision: 3,
      ...event(a, '2026-01-03T00:00:00Z'),
      cause: 'rollback' as const,
      by: 'bob',
      size: 1000,
    },
    {
      revision: 2,
      ...event(b, '2026-01-02T00:00:00Z'),
      cause: 'schedule' as const,
      by: 'ctl',
      size: 1500,
    },
    { revision: 1, ...event(a, '2026-01-01T00:00:00Z'), size: 1000 },
  ];
  expect(historyText({ tag: 'prod', scheduled: false, pending: false, entries }, now)).toBe(
    [
      `REVISION   SINCE            CAUSE      BY    SIZE            IMAGE${' '.repeat(69)}REFERENCE`,
      `3*         10 seconds ago   rollback   bob   1kB (-500B)     ${a}   reg.io/app@${a}`,
      `2          24 hours ago     schedule   ctl   1.5kB (+500B)   ${b}   reg.io/app@${b}`,
      `1          2 days ago       -          -     1kB             ${a}   reg.io/app@${a}`,
      '',
    ].join('\n'),
  );
});

describe('what a rollback goes back to', () => {
  test.for([
    [undefined, 2],
    ['2', 2],
    [b, 2],
    [b.slice(0, 20), 2],
    ['bbbb', 2],
  ] as const)('--to %s is revision %i', ([to, revision]) => {
    expect(rollbackTarget(stream, 'prod', to)).toMatchObject({ revision, event: { image: b } });
  });

  test.for([
    ['prod', '3', `tag "prod" already points at ${a}`],
    ['prod', '1', `tag "prod" already points at ${a}`],
    ['prod', '9', 'tag "prod" has no revision "9" in its history'],
    ['prod', 'sha256:ffff', 'tag "prod" has no revision "sha256:ffff" in its history'],
    ['ref', undefined, 'revision 1 is a mere reference: its image was not imported'],
    ['failed', undefined, 'tag "failed" of image stream "app" has no image yet'],
    ['nope', undefined, 'tag "nope" does not exist on image stream "app"'],
  ] as const)('%s --to %s is refused', ([tag, to, message]) => {
    expect(() => rollbackTarget(stream, tag, to)).toThrow(message);
  });
});

test.for(['app', ':v', 'app:', 'a:b:c'])('%s names no tag', (text) => {
  expect(() => parseTagName(text)).toThrow(/must be of the form/);
});
