import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** Any path, any method: a page, and status 200. */
export const captivePortal = misdeed(70, '200 to everything', async () =>
  startHostile((_request, reply) => {
    reply.send({
      headers: { 'Content-Type': 'text/html' },
      body: '<html><h1>Welcome to the hotel</h1></html>',
    });
  }),
);

/** The same without saying that it is a page. */
export const nakedPortal = misdeed(70, '200 to everything, with no Content-Type', async () =>
  startHostile((_request, reply) => {
    reply.send({ body: 'Welcome to the hotel' });
  }),
);
