/** A registry in this process that does what a test tells it, and remembers what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { makeImage, type Manifest } from '#fixtures/make.ts';

export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface FakeRegistry extends AsyncDisposable {
  readonly host: string;
  readonly url: string;
  readonly seen: Seen[];
  /** Requests for content, by method. */
  methods(): string[];
  /** Connections accepted so far. */
  connections(): number;
  /** Tokens that are refused. */
  readonly revoked: Set<string>;
}

/** Answers itself when it returns true. */
export type Answer = (seen: Seen, response: ServerResponse, registry: FakeRegistry) => boolean;

export const image: Manifest = makeImage({
  format: 'oci',
  layers: [{ 'app/run': 'behaviour' }],
  config: { Cmd: ['/app/run'] },
});

export interface FakeOptions {
  readonly answer?: Answer;
  readonly manifest?: Manifest;
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** Starts a registry that holds one image under every repository and tag. */
export async function startFake(options: FakeOptions = {}): Promise<FakeRegistry> {
  const { answer = () => false, manifest = image, tls } = options;
  const seen: Seen[] = [];
  const revoked = new Set<string>();
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const { method = '', url: path = '', headers } = request;
      const one: Seen = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
      seen.push(one);
      if (!answer(one, response, registry)) behave(one, response, manifest);
    });
  };
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ cert: tls.certificate, key: tls.key }, listener);
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const registry: FakeRegistry = {
    host,
    url: `${tls === undefined ? 'http' : 'https'}://${host}`,
    seen,
    revoked,
    connections: () => connections,
    methods: () => seen.filter(({ path }) => path.startsWith('/v2/')).map(({ method }) => method),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return registry;
}

/** Wants tokens; each that it hands out carries its number, and the user who asked. */
export function bearer(
  users: Readonly<Record<string, string>>,
  token: (number: number, user: string) => object = (number, user) => ({
    token: `token-${number}-${user}`,
    expires_in: 60,
  }),
): Answer {
  let tokens = 0;
  return ({ path, headers, method }, response, registry) => {
    const authorization = headers.authorization ?? '';
    if (path.startsWith('/token')) {
      if (method !== 'GET') return false;
      const asked = userOf(authorization);
      const isKnown = asked.user === '' || users[asked.user] === asked.password;
      tokens += isKnown ? 1 : 0;
      if (isKnown) response.writeHead(200).end(JSON.stringify(token(tokens, asked.user)));
      else response.writeHead(401).end();
      return true;
    }
    const [, number, user = ''] = /^Bearer token-(\d+)-(.*)$/u.exec(authorization) ?? [];
    if (users[user] !== undefined && isAccepted(authorization, registry)) return false;
    const error = number === undefined ? '' : ',error="invalid_token"';
    response
      .writeHead(401, {
        'www-authenticate': `Bearer realm="${registry.url}/token",service="fake"${error}`,
      })
      .end();
    return true;
  };
}

function isAccepted(authorization: string, { revoked }: FakeRegistry): boolean {
  return authorization.startsWith('Bearer ') && !revoked.has(authorization.slice('Bearer '.length));
}

function userOf(authorization: string): { user: string; password: string } {
  const text = Buffer.from(authorization.slice('Basic '.length), 'base64').toString('utf8');
  const [user = '', password = ''] = text.split(':');
  return { user, password };
}

function behave({ method, path }: Seen, response: ServerResponse, manifest: Manifest): void {
  const reference = /\/(?:manifests|blobs)\/([^?]+)/u.exec(path)?.[1] ?? '';
  const all = [manifest, ...manifest.children];
  const isManifest = path.includes('/manifests/');
  const found = isManifest
    ? reference.includes(':')
      ? all.find(({ digest }) => digest === reference)
      : manifest
    : all.flatMap(({ blobs }) => blobs).find(({ digest }) => digest === reference);
  if (found === undefined) {
    response.writeHead(path === '/v2/' ? 200 : 404).end();
    return;
  }
  response.writeHead(200, {
    'content-type': 'mediaType' in found ? String(found.mediaType) : 'application/octet-stream',
    'content-length': found.bytes.length,
    ...(isManifest && { 'docker-content-digest': found.digest, etag: `"${found.digest}"` }),
  });
  response.end(method === 'HEAD' ? undefined : found.bytes);
}
