import { answerOf, image } from './content.ts';
import type { Misdeed } from './misdeed.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

const { headers } = answerOf(image);

/** A warning that would paint the log red, end its line and turn its direction. */
export const oddHeaderBytes = misdeed(
  29,
  'header values with control and foreign bytes',
  async () =>
    misbehaveOnManifests((_request, reply) => {
      reply.send({
        headers: {
          ...headers,
          Warning: '299 - "\u00e2\u0080\u00ae caf\u00c3\u00a9 \u00ff \t tab"',
          'X-Latin': '\u00e9\u00e8',
        },
        body: image.bytes,
      });
    }),
);

export const brokenHeaderLines: readonly Misdeed[] = [
  ['a bare CR in a header', 'X-A: a\rSet-Cookie: b\r\n'],
  ['an escape character in a header', 'Warning: 299 - "\u001b[31mred"\r\n'],
  ['a NUL in a header', 'X-A: a\u0000b\r\n'],
  ['a header without a colon', 'X-A\r\n'],
  ['a header name with a blank', 'X A: b\r\n'],
  ['a folded header', 'X-A: b\r\n c\r\n'],
].map(([what = '', line = '']) =>
  misdeed(29, what, async () =>
    misbehaveOnManifests((_request, reply) => {
      reply.head({ headers: { ...headers, 'Content-Length': String(image.bytes.length) } }, true);
      reply.raw(line, '\r\n', image.bytes);
    }),
  ),
);
