import { serveTokens, tokenAnswer } from './auth.ts';
import type { Misdeed } from './misdeed.ts';
import { misdeed } from './serve.ts';
import { startHostile, type Handler } from './server.ts';

const json = { 'Content-Type': 'application/json' };

/** Answers of a token server that are no token. */
export const brokenTokenServers: readonly Misdeed[] = [
  tokens('status 200 and a web page', (_request, reply) => {
    reply.send({ headers: { 'Content-Type': 'text/html' }, body: '<html>token</html>' });
  }),
  tokens('status 200 and {}', (_request, reply) => {
    reply.send({ headers: json, body: '{}' });
  }),
  tokens('status 200 and []', (_request, reply) => {
    reply.send({ headers: json, body: '[]' });
  }),
  tokens('status 200 and null', (_request, reply) => {
    reply.send({ headers: json, body: 'null' });
  }),
  tokens('status 200 and half of a token', (_request, reply) => {
    reply.send({ headers: json, body: '{"token":"good-to' });
  }),
  tokens('a token that is a number', (_request, reply) => {
    reply.send(tokenAnswer({ token: 42 }));
  }),
  tokens('a token that is empty', (_request, reply) => {
    reply.send(tokenAnswer({ token: '' }));
  }),
  tokens('status 418', (_request, reply) => {
    reply.send({ status: 418 });
  }),
];

export const failingTokenServer = tokens('status 500 for ever', (_request, reply) => {
  reply.send({ status: 500 });
});

export const limitedTokenServer = tokens(
  'status 429 and a pause of ten minutes',
  (_request, reply) => {
    reply.send({ status: 429, headers: { 'Retry-After': '600' } });
  },
);

export const silentTokenServer = tokens('no answer at all', async (_request, reply) => {
  while (!reply.closed) await reply.wait(1000);
});

export const endlessTokenServer = tokens('a body without end', async (_request, reply) => {
  reply.head({ headers: { ...json, 'Transfer-Encoding': 'chunked' } });
  reply.raw('1\r\n{\r\n');
  const chunk = Buffer.from(`1000\r\n${' '.repeat(0x1000)}\r\n`);
  while (!reply.closed) await reply.paced(chunk);
});

/** Leads to the metadata service of clouds, and to another server. */
export const redirectingTokenServers: readonly Misdeed[] = [
  tokens('302 to the metadata service', (_request, reply) => {
    reply.send({ status: 302, headers: { Location: 'http://169.254.169.254/latest/meta-data' } });
  }),
  misdeed(45, 'a token server with 307 to another server', async () => {
    const attacker = await startHostile((_request, reply) => {
      reply.send(tokenAnswer());
    });
    return serveTokens(
      (_request, reply) => {
        reply.send({ status: 307, headers: { Location: `${attacker.url}/token` } });
      },
      {},
      { accomplice: attacker },
    );
  }),
];

function tokens(what: string, handler: Handler): Misdeed {
  return misdeed(45, `a token server with ${what}`, async () => serveTokens(handler));
}
