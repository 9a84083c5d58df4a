import type { Socket } from 'node:net';

import type { HostileServer } from './misdeed.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** Takes the request and says nothing. */
export const silent = misdeed(32, 'a connection that is never answered', async () =>
  startHostile(async (_request, reply) => {
    while (!reply.closed) await reply.wait(1000);
  }),
);

/** Reads the ClientHello, too, and says nothing. It speaks no TLS, so its URL says `http`. */
export const silentHandshake = misdeed(
  32,
  'a TLS handshake that is never finished',
  async (): Promise<HostileServer> =>
    startHostile(() => undefined, {
      onConnection: (socket: Socket) => {
        socket.resume();
      },
    }),
);
