import { serveTokens, tokenAnswer } from './auth.ts';
import type { HostileServer, Misdeed } from './misdeed.ts';
import { misdeed } from './serve.ts';

const realms: readonly (readonly [string, (server: HostileServer) => string])[] = [
  ['file:///etc/passwd', () => 'file:///etc/passwd'],
  ['javascript:alert(1)', () => 'javascript:alert(1)'],
  ['data:application/json,{}', () => 'data:application/json,{"token":"x"}'],
  ['ftp://', ({ host }) => `ftp://${host}/token`],
  ['//host/token', ({ host }) => `//${host}/token`],
  ['/token', () => '/token'],
  ['token', () => 'token'],
  ['with user information', ({ host }) => `http://admin:hunter2@${host}/token`],
  ['with a fragment', ({ host }) => `http://${host}/token#fragment`],
  ['of 10 KiB', ({ host }) => `http://${host}/token?${'x'.repeat(10 * 1024)}`],
  ['without a host', () => 'http://'],
  ['with a port that is none', () => 'http://127.0.0.1:99999/token'],
];

/** Realms that no client may ask, whatever it would be told there. */
export const badRealms: readonly Misdeed[] = realms.map(([what, realm]) =>
  misdeed(43, `the realm ${what}`, async () =>
    serveTokens(
      (_request, reply) => {
        reply.send(tokenAnswer());
      },
      { realm: (server) => realm(server).replaceAll('"', '\\"') },
    ),
  ),
);
