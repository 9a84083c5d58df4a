import { answerFrom, answerOf, goodShelf, otherImage } from './content.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

const { headers } = answerOf(otherImage);

/** What was smuggled: a whole answer that a client on this connection takes for the one to its next request. */
const smuggled = [
  'HTTP/1.1 200 OK\r\n',
  ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${String(value)}\r\n`),
  `Content-Length: ${otherImage.bytes.length}\r\n\r\n`,
  otherImage.bytes,
];

/**
 * On a connection that has answered a HEAD, the next request gets the body that the HEAD should not have had. Other
 * connections are served well.
 */
export const lateHeadBody = misdeed(
  8,
  'HEAD answered with a body, while the next request is under way',
  async () => {
    const headSeen = new Set<number>();
    return startHostile((request, reply) => {
      if (request.method === 'HEAD') headSeen.add(request.connection);
      else if (headSeen.delete(request.connection)) {
        reply.raw(...smuggled);
        return;
      }
      reply.send(answerFrom(goodShelf, request));
    });
  },
);
