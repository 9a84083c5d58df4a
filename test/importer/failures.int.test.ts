/** Every failure of an import as OpenShift's importer reports it: reason, code and message, from answers on real sockets. */
import { createHash } from 'node:crypto';
import { createServer as createPlainServer, STATUS_CODES } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostConfig } from '#src/oci/hosts/config.ts';
import { createImporter } from '#src/importer/create-importer.ts';
import type { Importer, ImportOutcome } from '#src/importer/importer.ts';
import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { createClient } from '#src/oci/registry/client.ts';
import { freePort } from '#test/support/free-port.ts';
import { startFake, type Answer, type FakeRegistry } from '../oci/support/fake-registry.ts';
import { contextWith, pullSecret } from './support.ts';

const configs = new Map<string, HostConfig>();
const registries: FakeRegistry[] = [];
let importer: Importer;

beforeAll(() => {
  importer = createImporter({
    client: createClient({
      userAgent: 'sluice-test',
      retry: { attempts: 1 },
      limits: { requestMs: 600 },
    }),
    logger: silentLogger,
    clock: systemClock,
    platform: { os: 'linux', architecture: 'amd64' },
    hosts: { lookup: (registry) => configs.get(registry) ?? {} },
  });
});

afterAll(async () => {
  await importer.close();
  await Promise.all(registries.map((registry) => registry[Symbol.asyncDispose]()));
});

async function start(answer: Answer): Promise<string> {
  const registry = await startFake({ answer });
  registries.push(registry);
  return registry.host;
}

/** Answers everything below `/v2/` but `/v2/` itself. */
function always(status: number, type: string, body: string, only = '/'): Answer {
  return ({ path }, response) => {
    if (path === '/v2/' || !path.includes(only)) return false;
    response.writeHead(status, type === '' ? {} : { 'content-type': type }).end(body);
    return true;
  };
}

function errors(...entries: readonly (readonly [code: string, message: string])[]): string {
  return JSON.stringify({ errors: entries.map(([code, message]) => ({ code, message })) });
}

async function importOne(from: string, insecure = true): Promise<ImportOutcome> {
  const [outcome] = await importer.importImages(
    [{ from, importPolicy: { insecure } }],
    contextWith([]),
  );
  return outcome!;
}

const json = 'application/json';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const digest = `sha256:${createHash('sha256').update('something else').digest('hex')}`;
const internal = { code: 500, reason: 'InternalError' } as const;

interface Case {
  readonly name: string;
  readonly answer: Answer;
  readonly reference?: string;
  readonly code: number;
  readonly reason: string;
  /** `R` stands for the normalised reference, `HOST` for the registry. */
  readonly message: string;
}

const cases: readonly Case[] = [
  {
    name: 'MANIFEST_UNKNOWN',
    answer: always(404, json, errors(['MANIFEST_UNKNOWN', 'manifest unknown'])),
    code: 404,
    reason: 'NotFound',
    message: 'dockerimage.image.openshift.io "R" not found',
  },
  {
    name: 'MANIFEST_UNKNOWN among others',
    answer: always(404, json, errors(['UNKNOWN', 'x'], ['MANIFEST_UNKNOWN', 'y'])),
    code: 404,
    reason: 'NotFound',
    message: 'dockerimage.image.openshift.io "R" not found',
  },
  {
    name: 'UNAUTHORIZED',
    answer: always(401, json, errors(['UNAUTHORIZED', 'authentication required'])),
    code: 401,
    reason: 'Unauthorized',
    message: 'you may not have access to the container image "R"',
  },
  {
    name: '401 with a body that cannot be read',
    answer: always(401, 'text/plain', 'who are you?'),
    code: 401,
    reason: 'Unauthorized',
    message: 'you may not have access to the container image "R"',
  },
  {
    name: 'Basic authentication without credentials',
    answer: (_seen, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    },
    code: 401,
    reason: 'Unauthorized',
    message: 'you may not have access to the container image "R"',
  },
  {
    name: 'a token server that gives nothing to nobody',
    answer: ({ path, headers }, response) => {
      if (path.startsWith('/token')) response.writeHead(401).end('{}');
      else
        response
          .writeHead(401, {
            'www-authenticate': `Bearer realm="http://${headers.host ?? ''}/token",service="s"`,
          })
          .end();
      return true;
    },
    code: 401,
    reason: 'Unauthorized',
    message: 'you may not have access to the container image "R"',
  },
  {
    name: 'NAME_UNKNOWN',
    answer: always(404, json, errors(['NAME_UNKNOWN', 'repository name not known to registry'])),
    ...internal,
    message: 'Internal error occurred: R: name unknown: repository name not known to registry',
  },
  {
    name: 'DENIED',
    answer: always(403, json, errors(['DENIED', 'requested access to the resource is denied'])),
    ...internal,
    message: 'Internal error occurred: R: denied: requested access to the resource is denied',
  },
  {
    name: 'TOOMANYREQUESTS',
    answer: always(429, json, errors(['TOOMANYREQUESTS', 'You have reached your pull rate limit'])),
    ...internal,
    message: 'Internal error occurred: R: toomanyrequests: You have reached your pull rate limit',
  },
  {
    name: 'several errors',
    answer: always(400, json, errors(['NAME_INVALID', 'one'], ['UNSUPPORTED', 'two'])),
    ...internal,
    message: 'Internal error occurred: R: errors:\nname invalid: one\nunsupported: two\n',
  },
  {
    name: 'a text instead of an error document',
    answer: always(404, 'text/plain', '404 page not found'),
    ...internal,
    message:
      'Internal error occurred: R: error parsing HTTP 404 response body: invalid character \'p\' after top-level value: "404 page not found"',
  },
  {
    name: 'another text',
    answer: always(400, 'text/plain', 'bad'),
    ...internal,
    message:
      'Internal error occurred: R: error parsing HTTP 400 response body: invalid character \'b\' looking for beginning of value: "bad"',
  },
  {
    name: 'a page instead of an error document',
    answer: always(403, 'text/html', '<html>blocked by your proxy</html>'),
    ...internal,
    message:
      "Internal error occurred: R: error parsing HTTP 403 response body: invalid character '<' looking for beginning of value",
  },
  {
    name: 'an error document without errors',
    answer: always(403, json, '{"errors":[]}'),
    ...internal,
    message:
      'Internal error occurred: R: error parsing HTTP 403 response body: no error details found in HTTP response body',
  },
  ...[500, 502, 503, 504].map((status): Case => ({
    name: `${status}, whatever its body says`,
    answer: always(status, json, errors(['UNKNOWN', 'open /var/lib/registry/a/b: no space'])),
    ...internal,
    message: `Internal error occurred: R: received unexpected HTTP status: ${status} ${STATUS_CODES[status] ?? ''}`,
  })),
  {
    name: 'a config that is not there',
    answer: always(404, json, errors(['BLOB_UNKNOWN', 'blob unknown to registry']), '/blobs/'),
    ...internal,
    message: 'Internal error occurred: R: unknown blob',
  },
  {
    name: 'content of another digest',
    answer: always(200, manifestType, '{"schemaVersion":2}', '/manifests/'),
    reference: `@${digest}`,
    ...internal,
    message: `Internal error occurred: R: content integrity error: the manifest retrieved with digest ${digest} does not match the digest calculated from the content sha256:${createHash('sha256').update('{"schemaVersion":2}').digest('hex')}`,
  },
  {
    name: 'a manifest of an unknown type',
    answer: always(200, 'application/vnd.example.thing+json', '{"a":1}', '/manifests/'),
    ...internal,
    message:
      'Internal error occurred: unsupported image manifest type: application/vnd.example.thing+json',
  },
  {
    name: 'an index without images',
    answer: always(
      200,
      'application/vnd.oci.image.index.v1+json',
      '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
      '/manifests/',
    ),
    ...internal,
    message: 'Internal error occurred: no manifests in manifest list',
  },
  {
    name: 'an answer that never comes',
    answer: ({ path }) => path.includes('/manifests/'),
    ...internal,
    message: 'Internal error occurred: R: timeout (request)',
  },
];

test.for(cases)('$name', async ({ answer, reference = ':v1', message, code, reason }) => {
  const host = await start(answer);
  const subject = `${host}/org/app${reference}`;
  const { status } = await importOne(subject);
  expect(status).toMatchObject({ status: 'Failure', code, reason, metadata: {} });
  const shown = status.message?.replaceAll(subject, 'R');
  expect(shown).toBe(message);
});

describe('what is decided without a registry', () => {
  test.for<{ name: string; from: string; code: number; reason: string; message: string }>([
    {
      name: 'a reference that is none',
      from: 'A b',
      code: 422,
      reason: 'Invalid',
      message:
        ' "" is invalid: from.name: Invalid value: "A b": invalid name: invalid reference format',
    },
    {
      name: 'a registry without an image',
      from: 'quay.io',
      code: 500,
      reason: 'InternalError',
      message:
        'Internal error occurred: unable to parse docker reference : invalid reference format',
    },
  ])('$name', async ({ from, message, code, reason }) => {
    expect((await importOne(from)).status).toMatchObject({ code, reason, message });
  });

  test('a blocked registry, as it was written', async () => {
    configs.set('blocked.test', { blocked: true });
    configs.set('docker.io', { blocked: true });
    expect((await importOne('blocked.test/a/b:c')).status).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: 'forbidden: registry blocked.test blocked',
    });
    expect((await importOne('python:3')).status.message).toBe('forbidden: registry  blocked');
    configs.clear();
  });
});

describe('what keeps a registry from being reached', () => {
  test('nobody listens', async () => {
    const host = `127.0.0.1:${await freePort()}`;
    const refused = `dial tcp ${host}: connect: connection refused`;
    expect((await importOne(`${host}/a/b:c`, false)).status).toMatchObject({
      ...internal,
      message: `Internal error occurred: ${host}/a/b:c: Get "https://${host}/v2/": ${refused}`,
    });
    expect((await importOne(`${host}/a/b:c`, true)).status.message).toBe(
      `Internal error occurred: ${host}/a/b:c: Get "http://${host}/v2/": ${refused}`,
    );
  });

  test('the name does not exist', async () => {
    expect((await importOne('nowhere.invalid/a/b:c', false)).status.message).toMatch(
      /^Internal error occurred: nowhere\.invalid\/a\/b:c: Get "https:\/\/nowhere\.invalid\/v2\/": dial tcp: lookup nowhere\.invalid: (?:no such host|server misbehaving)$/u,
    );
  });

  test('it speaks plain HTTP, and is not said to be insecure', async () => {
    const host = await start(() => false);
    expect((await importOne(`${host}/a/b:c`, false)).status).toMatchObject({
      ...internal,
      message: `Internal error occurred: ${host}/a/b:c: Get "https://${host}/v2/": http: server gave HTTP response to HTTPS client`,
    });
  });
});

describe('mirrors', () => {
  test('when all sources fail, each is told under its own name', async () => {
    const mirror = await start(always(404, json, errors(['MANIFEST_UNKNOWN', 'manifest unknown'])));
    const source = await start(always(503, '', ''));
    configs.set(source, {
      scheme: 'http',
      mirrors: [{ endpoint: mirror, repository: 'hub/app', pullFromMirror: 'all', scheme: 'http' }],
    });
    expect((await importOne(`${source}/org/app:v1`, false)).status).toMatchObject({
      ...internal,
      message:
        `Internal error occurred: [dockerimage.image.openshift.io "${mirror}/hub/app:v1" not found, ` +
        `Internal error occurred: ${source}/org/app:v1: received unexpected HTTP status: 503 Service Unavailable]`,
    });
  });

  test('where the registry itself is never asked, no failure has its name', async () => {
    const missing = await start(
      always(404, json, errors(['MANIFEST_UNKNOWN', 'manifest unknown'])),
    );
    const broken = await start(always(503, '', ''));
    const source = await start(() => false);
    const mirrors = [missing, broken].map((endpoint) => ({
      endpoint,
      repository: 'hub/app',
      pullFromMirror: 'all' as const,
      scheme: 'http' as const,
    }));
    configs.set(source, { scheme: 'http', mirrors, neverContactSource: true });

    const both = await importOne(`${source}/org/app:v1`, false);
    configs.set(source, { scheme: 'http', mirrors: mirrors.slice(0, 1), neverContactSource: true });
    const only = await importOne(`${source}/org/app:v1`, false);

    expect(both.status).toMatchObject({
      ...internal,
      message:
        `Internal error occurred: [dockerimage.image.openshift.io "${missing}/hub/app:v1" not found, ` +
        `Internal error occurred: ${broken}/hub/app:v1: received unexpected HTTP status: 503 Service Unavailable]`,
    });
    expect(only.status).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message: `dockerimage.image.openshift.io "${missing}/hub/app:v1" not found`,
    });
  });
});

describe('of a repository', () => {
  const repositoryCases: readonly Case[] = [
    {
      name: 'NAME_UNKNOWN',
      answer: always(404, json, errors(['NAME_UNKNOWN', 'not known'])),
      code: 404,
      reason: 'NotFound',
      message: 'dockerimage.image.openshift.io "R" not found',
    },
    {
      name: 'UNAUTHORIZED',
      answer: always(401, json, errors(['UNAUTHORIZED', 'authentication required'])),
      code: 401,
      reason: 'Unauthorized',
      message: 'you may not have access to the container image "R"',
    },
    {
      name: 'anything else stands without the name',
      answer: always(403, json, errors(['DENIED', 'no'])),
      ...internal,
      message: 'Internal error occurred: denied: no',
    },
  ];
  test.for(repositoryCases)('$name', async ({ answer, message, code, reason }) => {
    const repository = `${await start(answer)}/org/app`;
    const outcome = await importer.listRepository(repository, { insecure: true }, contextWith([]));
    if (!('status' in outcome)) throw new Error('it was listed');
    expect(outcome.status).toMatchObject({ code, reason });
    expect(outcome.status.message?.replaceAll(repository, 'R')).toBe(message);
  });
});

describe('text from outside', () => {
  const nasty =
    '\u001b[31mred\u001b[0m\u202eevil\u0000\r\nhttps://user:hunter2@example.com/?sig=abc';

  test.for([
    ['an error document', always(400, json, errors(['NAME_INVALID', nasty + 'x'.repeat(5000)]))],
    ['a text', always(400, 'text/plain', nasty + 'x'.repeat(5000))],
  ] as const)('of %s is cleaned and short', async ([, answer]) => {
    const host = await start(answer);
    const { message = '' } = (await importOne(`${host}/org/app:v1`)).status;
    expect(message).toContain('red');
    // eslint-disable-next-line no-control-regex
    expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/u);
    expect(message).not.toContain('hunter2');
    expect(message.length).toBeLessThan(450);
  });

  test('a password of a pull secret is in no status', async () => {
    const server = createPlainServer((request, response) => {
      response
        .writeHead(400, { 'content-type': json })
        .end(errors(['DENIED', `you sent ${request.headers.authorization ?? 'nothing'}`]));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    const host = `127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
    configs.set(host, { scheme: 'http', profile: { preemptiveAuth: true } });
    const [outcome] = await importer.importImages(
      [{ from: `${host}/org/app:v1`, importPolicy: {} }],
      contextWith([pullSecret('pull', host, 'ann', 'canary-password')]),
    );
    server.closeAllConnections();
    server.close();
    const shown = JSON.stringify(outcome);
    expect(shown).toContain('denied: you sent');
    expect(shown).not.toContain(btoa('ann:canary-password'));
  });
});
