/** An OpenID Connect provider on a real socket with its own authority; it signs what it is told to, and misbehaves on request. */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';

import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

import { makeAuthority } from './tls.ts';

/** What the provider does wrong. */
export type IssuerFault = 'silent' | 'endless' | 'not json' | 'error' | 'redirect' | 'other name';

export interface Issuer extends AsyncDisposable {
  readonly url: string;
  /** PEM of the authority of its certificate. */
  readonly ca: string;
  /** How often its keys were asked for. */
  readonly asked: () => number;
  fault: IssuerFault | undefined;
  /** Signs with another key from now on; the old one is published no more. */
  rotate(kid: string): Promise<void>;
  sign(claims: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  /** The socket closes, and later opens again at the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function startIssuer(): Promise<Issuer> {
  const authority = await makeAuthority('issuer');
  const { certificate, key } = await authority.issue(['127.0.0.1']);
  let current: { kid: string; privateKey: CryptoKey; jwk: JWK };
  let asked = 0;
  let port = 0;
  let server: Server;
  const issuer: Issuer = {
    get url() {
      return `https://127.0.0.1:${port}`;
    },
    ca: authority.certificate,
    asked: () => asked,
    fault: undefined,
    async rotate(kid) {
      const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
      current = { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256' } };
    },
    async sign(claims, header = {}) {
      const seconds = Math.floor(Date.now() / 1000);
      const all = {
        iss: issuer.url,
        aud: 'sluice',
        sub: 'alice',
        iat: seconds,
        exp: seconds + 600,
        ...claims,
      };
      const given = Object.entries(all).filter(([, value]) => value !== undefined);
      return new SignJWT(Object.fromEntries(given))
        .setProtectedHeader({ alg: 'RS256', kid: current.kid, ...header })
        .sign(current.privateKey);
    },
    async start() {
      server = createServer({ cert: certificate, key }, (request, response) => {
        if (request.url === '/keys') asked += 1;
        const { fault } = issuer;
        if (fault === 'silent') return;
        if (fault === 'endless') {
          const timer = setInterval(() => response.write('x'.repeat(64 * 1024)), 1);
          response.once('close', () => clearInterval(timer));
          return;
        }
        if (fault === 'error') {
          response.writeHead(500).end('{}');
          return;
        }
        if (fault === 'redirect') {
          response.writeHead(302, { location: `${issuer.url}/elsewhere` }).end();
          return;
        }
        response.setHeader('content-type', 'application/json');
        if (request.url === '/keys')
          response.end(fault === 'not json' ? '<html>' : JSON.stringify({ keys: [current.jwk] }));
        else
          response.end(
            JSON.stringify({
              issuer: fault === 'other name' ? 'https://evil.test' : issuer.url,
              jwks_uri: `${issuer.url}/keys`,
            }),
          );
      });
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      ({ port } = server.address() as AddressInfo);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
    async [Symbol.asyncDispose]() {
      await issuer.stop();
    },
  };
  await issuer.rotate('first');
  await issuer.start();
  return issuer;
}
