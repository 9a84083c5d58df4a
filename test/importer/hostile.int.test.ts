/** What an import says when a registry misbehaves. Every misdeed is a real server on a socket. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Importer, ImportOutcome } from '#src/importer/importer.ts';
import { freePort } from '#test/support/free-port.ts';
import { contextWith, testImporter } from './support.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let importer: Importer;
const servers: Server[] = [];

beforeAll(() => {
  importer = testImporter({
    retry: { attempts: 2, baseMs: 1, capMs: 5 },
    limits: { headersMs: 500, requestMs: 1_000, operationMs: 5_000 },
  });
});

afterEach(async () => {
  await Promise.all(
    servers.splice(0).map(
      (server) =>
        new Promise((resolve) => {
          server.closeAllConnections();
          server.close(resolve);
        }),
    ),
  );
});

afterAll(async () => {
  await importer.close();
});

/** Serves manifests and blobs by `handler`, and `/v2/` as an open registry does. */
async function serve(handler: Handler): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    if (request.url === '/v2/') response.end('{}');
    else handler(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function importFrom(from: string, insecure = true): Promise<ImportOutcome> {
  const [outcome] = await importer.importImages(
    [{ from, importPolicy: { insecure } }],
    contextWith([]),
  );
  return outcome!;
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const config = '{}';
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: manifestType,
  config: {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: digestOf(config),
    size: config.length,
  },
  layers: [],
});

/** A registry of one image, with something changed. */
function image(changed: { manifest?: string; type?: string; config?: string }): Handler {
  return (request, response) => {
    if (request.url?.includes('/blobs/') === true) {
      response.end(changed.config ?? config);
      return;
    }
    response.setHeader('content-type', changed.type ?? manifestType);
    response.end(changed.manifest ?? manifest);
  };
}

function answering(status: number, headers: Record<string, string>, body: string): Handler {
  return (_request, response) => response.writeHead(status, headers).end(body);
}

const json = { 'content-type': 'application/json' };

test('an image without misdeeds is imported', async () => {
  const host = await serve(image({}));
  expect(await importFrom(`${host}/app:v1`)).toMatchObject({ status: { status: 'Success' } });
});

describe('a definite failure is told and not tried again', () => {
  test.for<{ name: string; handler: Handler; message: RegExp }>([
    {
      name: 'a web page',
      handler: image({ type: 'text/html', manifest: '<html>please log in</html>' }),
      message: /./,
    },
    {
      name: 'a manifest of 5 MiB',
      handler: image({ manifest: JSON.stringify({ a: 'x'.repeat(5 * 1024 * 1024) }) }),
      message: /manifestBytes/,
    },
    {
      name: 'a manifest that is not JSON',
      handler: image({ manifest: '{"schemaVersion": 2' }),
      message: /./,
    },
    {
      name: 'a config of another digest',
      handler: image({ config: '[]' }),
      message: /digest|content/,
    },
    {
      name: '403',
      handler: answering(
        403,
        json,
        '{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}',
      ),
      message: /: denied: requested access to the resource is denied$/,
    },
    {
      name: 'an unknown name',
      handler: answering(
        404,
        json,
        '{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known to registry"}]}',
      ),
      message: /: name unknown: repository name not known to registry$/,
    },
  ])('$name', async ({ handler, message }) => {
    const host = await serve(handler);
    const outcome = await importFrom(`${host}/app:v1`);
    expect(outcome.status).toMatchObject({ code: 500, reason: 'InternalError' });
    expect(outcome.status.message).toMatch(
      new RegExp(`^Internal error occurred: ${host}/app:v1: `),
    );
    expect(outcome.status.message).toMatch(message);
    expect(outcome.temporary).toBe(false);
  });

  test('a manifest of another digest than was asked for', async () => {
    const host = await serve(image({}));
    const wanted = digestOf('something else');
    const outcome = await importFrom(`${host}/app@${wanted}`);
    expect(outcome.status.message).toContain(wanted);
    expect(outcome.image).toBeUndefined();
  });

  test('a tag that is missing', async () => {
    const host = await serve(
      answering(404, json, '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}'),
    );
    expect(await importFrom(`${host}/app:v1`)).toMatchObject({
      status: { code: 404, message: `dockerimage.image.openshift.io "${host}/app:v1" not found` },
      temporary: false,
    });
  });

  test('401 with a challenge that nobody can answer', async () => {
    const host = await serve(
      answering(
        401,
        { 'www-authenticate': 'Basic realm="x"', ...json },
        '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}',
      ),
    );
    expect(await importFrom(`${host}/app:v1`)).toMatchObject({
      status: {
        code: 401,
        message: `you may not have access to the container image "${host}/app:v1"`,
      },
      temporary: false,
    });
  });

  test('a reference that is none', async () => {
    expect(await importFrom('a b')).toMatchObject({
      status: {
        code: 422,
        message:
          ' "" is invalid: from.name: Invalid value: "a b": invalid name: invalid reference format',
      },
    });
  });

  test('plain HTTP where TLS is wanted', async () => {
    const host = await serve(image({}));
    const outcome = await importFrom(`${host}/app:v1`, false);
    expect(outcome.status.message).toContain('http: server gave HTTP response to HTTPS client');
  });
});

describe('a failure that may pass is told as temporary', () => {
  test.for<{ name: string; handler: Handler }>([
    {
      name: '500',
      handler: answering(500, json, '{"errors":[{"code":"UNKNOWN","message":"disk"}]}'),
    },
    { name: '503 without a body', handler: answering(503, {}, '') },
    {
      name: 'a body that stops half-way',
      handler: (_request, response) => {
        response.writeHead(200, {
          'content-type': manifestType,
          'content-length': String(manifest.length),
        });
        response.write(manifest.slice(0, 40), () => response.socket?.resetAndDestroy());
      },
    },
    {
      name: 'a connection that is reset',
      handler: (request) => void request.socket.resetAndDestroy(),
    },
    { name: 'no answer at all', handler: () => undefined },
  ])('$name', async ({ handler }) => {
    const host = await serve(handler);
    const outcome = await importFrom(`${host}/app:v1`);
    expect(outcome.status).toMatchObject({ code: 500, reason: 'InternalError' });
    expect(outcome.status.message).toMatch(
      new RegExp(`^Internal error occurred: ${host}/app:v1: .+`),
    );
    expect(outcome.temporary).toBe(true);
  });

  test('429 says when to come back', async () => {
    const host = await serve(
      answering(
        429,
        { 'retry-after': '120', ...json },
        '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}',
      ),
    );
    const outcome = await importFrom(`${host}/app:v1`);
    expect(outcome.status.message).toBe(
      `Internal error occurred: ${host}/app:v1: toomanyrequests: slow down`,
    );
    expect(outcome.temporary).toBe(true);
    expect(outcome.retryAfterMs).toBeGreaterThan(60_000);
  });

  test('a host that nobody listens on', async () => {
    const host = `127.0.0.1:${await freePort()}`;
    const outcome = await importFrom(`${host}/app:v1`);
    expect(outcome.status.message).toMatch(/refused/);
    expect(outcome.temporary).toBe(true);
  });
});

test('a misbehaving registry does not spoil what another answers', async () => {
  const good = await serve(image({}));
  const bad = await serve(answering(500, {}, ''));
  const policy = { insecure: true };
  const outcomes = await importer.importImages(
    [
      { from: `${bad}/app:v1`, importPolicy: policy },
      { from: `${good}/app:v1`, importPolicy: policy },
    ],
    contextWith([]),
  );
  expect(outcomes.map(({ status }) => status.status)).toEqual(['Failure', 'Success']);
});

test('what is under way ends with the signal, as a temporary failure', async () => {
  const host = await serve(() => undefined);
  const stop = new AbortController();
  const pending = importer.importImages(
    [{ from: `${host}/app:v1`, importPolicy: { insecure: true } }],
    { ...contextWith([]), signal: stop.signal },
  );
  stop.abort();
  expect(await pending).toMatchObject([{ status: { status: 'Failure' }, temporary: true }]);
});
