/** A token server as registries with bearer authentication use it (distribution spec, token authentication). */
import { createSign, randomUUID, X509Certificate } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { makeRsaSigner, type CertificateAndKey } from './tls.ts';

export interface TokenServerOptions {
  /** Users and their passwords. */
  readonly users?: Readonly<Record<string, string>>;
  /** Whether somebody without credentials may pull; default false. */
  readonly anonymousPull?: boolean;
  /** Seconds that a token is valid; default 60. Registries refuse to be told less than 60. */
  readonly expiresInSeconds?: number;
  /** Name of the registry that tokens are for; default `registry.test`. */
  readonly service?: string;
}

/** A request for a token. */
export interface TokenRequest {
  readonly method: string;
  readonly service: string;
  readonly scopes: readonly string[];
  /** The user who was recognised. */
  readonly user: string | undefined;
  readonly status: number;
}

/** A running token server. Disposing of it closes it. */
export interface TokenServer extends AsyncDisposable {
  /** Where tokens are asked for: the `realm` of a challenge. */
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** PEM of the certificate that signatures are checked with: registry:2's `rootcertbundle`. */
  readonly certificates: string;
  readonly requests: readonly TokenRequest[];
}

const issuer = 'sluice-test';

/** Starts a token server on a free port of 127.0.0.1. */
export async function startTokenServer(options: TokenServerOptions = {}): Promise<TokenServer> {
  const signer = await makeRsaSigner('Sluice test tokens');
  const requests: TokenRequest[] = [];
  const service = options.service ?? 'registry.test';
  const server = createServer((request, response) => {
    answer(request, response, { options, signer, requests }).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    realm: `http://127.0.0.1:${port}/token`,
    service,
    issuer,
    certificates: signer.certificate,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

interface Context {
  readonly options: TokenServerOptions;
  readonly signer: CertificateAndKey;
  readonly requests: TokenRequest[];
}

interface Asked {
  readonly service: string;
  readonly scopes: readonly string[];
  readonly username: string | undefined;
  readonly password: string | undefined;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { options, signer, requests }: Context,
): Promise<void> {
  const asked = await readRequest(request);
  const known = asked.username !== undefined && options.users?.[asked.username] === asked.password;
  const user = known ? asked.username : undefined;
  const status = asked.username !== undefined && !known ? 401 : 200;
  requests.push({
    method: request.method ?? '',
    service: asked.service,
    scopes: asked.scopes,
    user,
    status,
  });
  response.setHeader('content-type', 'application/json');
  if (status === 401) {
    response.writeHead(401).end('{"errors":[{"code":"UNAUTHORIZED","message":"wrong password"}]}');
    return;
  }
  const expiresIn = options.expiresInSeconds ?? 60;
  const now = Math.floor(Date.now() / 1000);
  const token = sign(signer, {
    iss: issuer,
    sub: user ?? '',
    aud: asked.service,
    exp: now + expiresIn,
    nbf: now - 5,
    iat: now,
    jti: randomUUID(),
    access: asked.scopes
      .map((scope) => grant(scope, user, options))
      .filter((access) => access.actions.length > 0),
  });
  const body = {
    token,
    access_token: token,
    expires_in: expiresIn,
    issued_at: new Date(now * 1000).toISOString(),
  };
  response.writeHead(200).end(JSON.stringify(body));
}

/** GET with Basic authentication, or an OAuth 2 POST of a form with a password. */
async function readRequest(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
  const query =
    request.method === 'POST'
      ? form
      : new URL(request.url ?? '/', 'http://token.test').searchParams;
  return {
    service: query.get('service') ?? '',
    scopes: query.getAll('scope').flatMap((scope) => scope.split(' ').filter(Boolean)),
    ...(basicCredentials(request.headers.authorization) ?? {
      username: form.get('username') ?? undefined,
      password: form.get('password') ?? undefined,
    }),
  };
}

function basicCredentials(
  header: string | undefined,
): { username: string; password: string } | undefined {
  const encoded = /^Basic (?<value>.+)$/iu.exec(header ?? '')?.groups?.['value'];
  if (encoded === undefined) return undefined;
  const [username = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { username, password: password.join(':') };
}

interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** What of a scope such as `repository:acme/demo:pull,push` a user gets; the name may hold colons. */
function grant(scope: string, user: string | undefined, options: TokenServerOptions): Access {
  const parts = scope.split(':');
  const asked = (parts.pop() ?? '').split(',');
  const [type = '', ...name] = parts;
  const anonymous = options.anonymousPull === true ? ['pull'] : [];
  const actions = user === undefined ? asked.filter((one) => anonymous.includes(one)) : asked;
  return { type, name: name.join(':'), actions };
}

function sign(signer: CertificateAndKey, claims: object): string {
  const x5c = [new X509Certificate(signer.certificate).raw.toString('base64')];
  const header = { typ: 'JWT', alg: 'RS256', x5c };
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${createSign('RSA-SHA256').update(text).sign(signer.key, 'base64url')}`;
}
