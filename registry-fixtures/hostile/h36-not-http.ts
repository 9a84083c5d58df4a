import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';

import type { HostileServer, Misdeed } from './misdeed.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** A TLS record with a fatal alert (RFC 8446, 6.2: handshake_failure). */
const alert = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]);

/** What other services say on their ports. */
export const notHttp: readonly Misdeed[] = [
  speaking('random bytes', randomBytes(2048)),
  speaking('a banner of SSH', Buffer.from('SSH-2.0-OpenSSH_9.9\r\n')),
  speaking('a TLS alert', alert),
  speaking('a greeting of SMTP', Buffer.from('220 mail.test ESMTP\r\n')),
  speaking('an answer of HTTP/0.9', Buffer.from('<html>hello</html>')),
  speaking('a status line that is none', Buffer.from('HTTP/1.1 abc OK\r\n\r\n')),
  speaking('a version that is none', Buffer.from('HTTP/9.9 200 OK\r\n\r\n')),
];

/** A server of plain HTTP, to be asked over TLS. */
export const plainHttp = misdeed(36, 'plain HTTP where TLS is expected', async () =>
  startHostile(() => undefined, {
    onConnection: (socket: Socket) => {
      socket.once('data', () => {
        socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
      });
    },
  }),
);

function speaking(what: string, bytes: Uint8Array): Misdeed {
  return misdeed(36, `${what} instead of HTTP`, async (): Promise<HostileServer> =>
    startHostile((_request, reply) => {
      reply.raw(bytes);
      reply.close();
    }),
  );
}
