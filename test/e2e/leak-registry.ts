/** A registry that takes credentials and does with them what registries do, good and bad. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LeakRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Every credential that it saw, decoded: of headers and of forms. */
  readonly seen: readonly string[];
}

/**
 * Answers by the first part of the repository: `deny` is 401 that repeats the credential in its message, `broken` is 500
 * that does, `moved` redirects to another origin, `bearer` sends to a token server that gives `accessToken`, which it
 * then refuses, and `direct` asks for a bearer token and takes any.
 */
export async function startLeakRegistry(
  accessToken: string,
  elsewhere: () => string,
): Promise<LeakRegistry> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    answer({ request, response, seen, accessToken, elsewhere }).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly seen: string[];
  readonly accessToken: string;
  readonly elsewhere: () => string;
}

async function answer({
  request,
  response,
  seen,
  accessToken,
  elsewhere,
}: Exchange): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const form = Buffer.concat(chunks).toString();
  const shown = credentialIn(request.headers.authorization ?? '');
  if (shown !== '') seen.push(shown);
  if (form !== '') seen.push(decodeURIComponent(form));
  response.setHeader('content-type', 'application/json');
  respond({ request, response, accessToken, elsewhere }, request.url ?? '/', shown);
}

function respond(
  { request, response, accessToken, elsewhere }: Omit<Exchange, 'seen'>,
  path: string,
  shown: string,
): void {
  const kind = /^\/v2\/(\w+)\//.exec(path)?.[1] ?? '';
  if (path.startsWith('/token'))
    response.end(
      JSON.stringify({ token: accessToken, access_token: accessToken, expires_in: 300 }),
    );
  else if (path === '/v2/' || shown === '') challenge(response, kind, request.headers.host ?? '');
  else if (kind === 'moved')
    response
      .writeHead(307, { location: `http://${elsewhere()}/v2/stranger/app/manifests/v1` })
      .end();
  else if (kind === 'broken')
    response.writeHead(500).end(failure('UNKNOWN', `backend refused ${shown}`));
  else refuse(response, `not you: ${shown} ${request.headers.authorization}`);
}

function challenge(response: ServerResponse, kind: string, host: string): void {
  const isBearer = kind === 'bearer' || kind === 'direct';
  response.setHeader(
    'www-authenticate',
    isBearer ? `Bearer realm="http://${host}/token",service="leak"` : 'Basic realm="leak"',
  );
  response.writeHead(401).end(failure('UNAUTHORIZED', 'who are you'));
}

function refuse(response: ServerResponse, message: string): void {
  response.setHeader('www-authenticate', 'Basic realm="leak"');
  response.writeHead(401).end(failure('DENIED', message));
}

function failure(code: string, message: string): string {
  return JSON.stringify({ errors: [{ code, message, detail: message }] });
}

function credentialIn(header: string): string {
  const [scheme = '', value = ''] = header.split(' ');
  return /^basic$/i.test(scheme) ? Buffer.from(value, 'base64').toString() : value;
}
