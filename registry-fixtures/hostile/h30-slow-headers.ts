import { misbehaveOnManifests, misdeed } from './serve.ts';

export const slowHeaders = misdeed(30, 'headers for ever, a line each 50 ms', async () =>
  misbehaveOnManifests(async (_request, reply) => {
    reply.raw('HTTP/1.1 200 OK\r\n');
    while (!reply.closed) {
      reply.raw('X-Slow: 1\r\n');
      await reply.wait(50);
    }
  }),
);
