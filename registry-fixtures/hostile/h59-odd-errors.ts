import type { Misdeed } from './misdeed.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

const nasty =
  '\u001b[31mred\u001b[0m \u202edesrever\u202c <script>alert(1)</script> \u0000 \ufeff line\nnext';

/** Error bodies that would do something to whoever shows them, or parses them. */
const bodies: readonly (readonly [string, string | Uint8Array])[] = [
  ['a string for a list', '{"errors":"all of them"}'],
  ['an empty list', '{"errors":[]}'],
  ['null', 'null'],
  ['a list of nulls', '{"errors":[null,1,"x",[]]}'],
  ['a thousand levels', `{"errors":${'['.repeat(1000)}${']'.repeat(1000)}}`],
  [
    'control characters',
    JSON.stringify({ errors: [{ code: nasty, message: nasty, detail: nasty }] }),
  ],
  [
    '10,000 errors',
    JSON.stringify({ errors: Array.from({ length: 10_000 }, () => ({ code: 'X', message: 'y' })) }),
  ],
  ['numbers for texts', '{"errors":[{"code":1,"message":{},"detail":[[[]]]}]}'],
  ['1 MiB of text', JSON.stringify({ errors: [{ code: 'X', message: 'y'.repeat(1024 * 1024) }] })],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x80])],
  ['text with control characters', nasty],
];

export const oddErrors: readonly Misdeed[] = bodies.map(([what, body]) =>
  misdeed(59, `an error body with ${what}`, async () =>
    misbehaveOnManifests((_request, reply) => {
      reply.send({ status: 400, headers: { 'Content-Type': 'application/json' }, body });
    }),
  ),
);
