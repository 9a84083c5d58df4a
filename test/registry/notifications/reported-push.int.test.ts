import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { distinctImage } from '#fixtures/many.ts';
import { PushTarget } from '#fixtures/push.ts';
import { notificationsPath } from '#src/registry/notifications/receiver.ts';
import { ApiClient, type ApiAnswer } from '#test/support/api-client.ts';
import { freePort } from '#test/support/free-port.ts';
import { sql, startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';
import { startServer, type Server } from '#test/support/server.ts';
import { find } from '#test/support/services/find.ts';
import { startProcess, type RunningProcess } from '#test/support/services/process.ts';
import { tempDir, type TempDir } from '#test/support/temp-dir.ts';

const deployed = fileURLToPath(new URL('../../../deploy/registry/', import.meta.url));
const streams = '/apis/image.openshift.io/v1/namespaces/default/imagestreams';
const type = 'application/vnd.docker.distribution.events.v1+json';
const foundRegistry = find('registry');

let database: TestDatabase;
let directory: TempDir;
let server: Server;
let api: ApiClient;
let token: string;

beforeAll(async () => {
  database = await startTestDatabase();
  directory = tempDir('notifications');
  if ('connectionString' in database.connection) throw new Error('reached by its socket');
  const { host, user, port, database: name } = database.connection;
  const databaseUrl = `postgresql://${user}@localhost:${port}/${name}?host=${host}`;
  server = await startServer({
    env: { SLUICE_DATABASE_URL: databaseUrl, SLUICE_CA_FILE: join(directory.path, 'ca.crt') },
  });
  api = new ApiClient(server);
  token = readFileSync(join(server.dataDir, 'notification.token'), 'utf8').trim();
});
afterAll(async () => {
  api[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
  await database.stop();
});

test('the token is made in the data directory for its owner only', () => {
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(statSync(join(server.dataDir, 'notification.token')).mode & 0o777).toBe(0o600);
  expect(token).not.toBe(server.token);
});

describe.skipIf(foundRegistry?.kind !== 'program')('a registry that reports its pushes', () => {
  let registry: RunningProcess;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    const { path } = directory;
    if (foundRegistry?.kind !== 'program') throw new Error('no registry to run here');
    symlinkSync(foundRegistry.path, join(path, 'registry'));
    writeFileSync(join(path, 'token'), `${token}\n`, { mode: 0o400 });
    const text = readFileSync(join(deployed, 'config.yml'), 'utf8');
    const url = `${server.url}${notificationsPath}?host=127.0.0.1:${port}`;
    const own = text.replace(/url: https:\S+/, `url: ${url}`);
    if (own === text) throw new Error('the configuration reports to nobody');
    writeFileSync(join(path, 'config.yml'), own);
    registry = await startProcess(
      {
        command: '/bin/sh',
        args: [join(deployed, 'start.sh'), 'serve', join(path, 'config.yml')],
      },
      {
        ready: /listening on /u,
        env: {
          PATH: `${path}:${process.env['PATH']}`,
          TMPDIR: path,
          NOTIFICATION_TOKEN_FILE: join(path, 'token'),
          SSL_CERT_FILE: join(path, 'ca.crt'),
          REGISTRY_HTTP_ADDR: `127.0.0.1:${port}`,
          REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: join(path, 'data'),
        },
      },
    );
  });
  afterAll(async () => {
    await registry.kill9();
  });

  /** A stream whose tag `followed` is scheduled and whose tag `still` is not, both of one tag. */
  async function follow(name: string, repository: string): Promise<void> {
    const from = { kind: 'DockerImage', name: `127.0.0.1:${port}/${repository}:v1` };
    const created = await api.post(streams, {
      apiVersion: 'image.openshift.io/v1',
      kind: 'ImageStream',
      metadata: { name },
      spec: {
        tags: [
          { name: 'followed', from, importPolicy: { insecure: true, scheduled: true } },
          { name: 'still', from, importPolicy: { insecure: true } },
        ],
      },
    });
    expect(created.status).toBe(201);
    await vi.waitFor(
      async () => {
        expect(await newest(name, 'followed')).toBeDefined();
        expect(await newest(name, 'still')).toBeDefined();
        expect(await ledgerOf(name)).toMatchObject([{ tag: 'followed' }]);
      },
      { timeout: 20_000, interval: 50 },
    );
  }

  test.for([
    ['under the name that pull specs use', 'acme/same', '127.0.0.1'],
    ['under another name', 'acme/other', 'localhost'],
  ] as const)('moves the scheduled tags at once, pushed %s', async ([, repository, host]) => {
    const name = repository.replace('/', '-');
    const target = new PushTarget(`http://${host}:${port}`);
    const first = distinctImage(`${repository}-1`);
    await target.pushImage(repository, ['v1'], first);
    await follow(name, repository);
    for (const turn of [2, 3]) {
      const next = distinctImage(`${repository}-${turn}`);
      await target.pushImage(repository, ['v1'], next);
      // The schedule itself has minutes until its next turn.
      await vi.waitFor(async () => expect(await newest(name, 'followed')).toBe(next.digest), {
        timeout: 10_000,
        interval: 50,
      });
    }
    expect(await newest(name, 'still')).toBe(first.digest);
  });

  test('is checked, not believed: an event of a push that never was moves nothing', async () => {
    const target = new PushTarget(`http://127.0.0.1:${port}`);
    const image = distinctImage('believed');
    await target.pushImage('acme/believed', ['v1'], image);
    await follow('believed', 'acme/believed');
    const [before] = await ledgerOf('believed');
    const body = eventsOf({ repository: 'acme/believed', tag: 'v1', host: `127.0.0.1:${port}` });
    expect((await report(body)).status).toBe(202);
    await vi.waitFor(
      async () => {
        expect(await ledgerOf('believed')).toEqual([before]);
      },
      { timeout: 10_000, interval: 50 },
    );
    expect(await newest('believed', 'followed')).toBe(image.digest);
  });
});

test.for([
  ['without a token', {}, 401, 'Unauthorized'],
  ['with a wrong token', { authorization: 'Bearer wrong' }, 401, 'Unauthorized'],
  ['with the token as a password', { authorization: 'Basic TOKEN' }, 401, 'Unauthorized'],
  [
    'of another type',
    { authorization: 'Bearer TOKEN', 'content-type': 'text/plain' },
    415,
    'UnsupportedMediaType',
  ],
] as const)('a report %s is refused with a Status', async ([, headers, status, reason]) => {
  const given = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace('TOKEN', token)]),
  );
  const answer = await api.send('POST', notificationsPath, {
    token: '',
    headers: { 'content-type': type, ...given },
    body: { events: [] },
  });
  expect(answer).toMatchObject({ status, body: { kind: 'Status', code: status, reason } });
  expect(JSON.stringify(answer.body)).not.toContain(token);
});

test("the administrator's token reports nothing, and the registry's token reads nothing", async () => {
  const asAdmin = await report({ events: [] }, { token: server.token });
  expect(asAdmin.status).toBe(401);
  expect((await api.get(streams, { token })).status).toBe(401);
});

test('a report that cannot be read is refused with a Status', async () => {
  const large = await report({ events: ['x'.repeat(5 * 1024 * 1024)] });
  expect(large).toMatchObject({ status: 413, body: { reason: 'RequestEntityTooLarge' } });
  const strange = await report({ event: [] });
  expect(strange).toMatchObject({ status: 400, body: { kind: 'Status', reason: 'BadRequest' } });
  const got = await api.get(notificationsPath, { token });
  expect(got).toMatchObject({ status: 405, body: { kind: 'Status' } });
  const below = await api.get(`${notificationsPath}/more`, { token });
  expect(below).toMatchObject({ status: 404, body: { kind: 'Status' } });
});

test('ten thousand events of repositories that nobody follows are taken', async () => {
  const events = Array.from({ length: 10_000 }, (_, index) => ({
    action: 'push',
    target: { repository: `nobody/app${index}`, tag: 'v1' },
    request: { host: 'registry.example.com' },
  }));
  expect((await report({ events })).status).toBe(202);
});

test('a token file that is named must be there', async () => {
  const file = join(directory.path, 'missing.token');
  await expect(startServer({ args: [`--notification-token-file=${file}`] })).rejects.toThrow(file);
});

interface Stream {
  readonly status: {
    readonly tags?: readonly {
      readonly tag: string;
      readonly items: readonly { readonly image: string }[] | null;
    }[];
  };
}

function eventsOf(push: { repository: string; tag: string; host: string }): object {
  const { host, ...target } = push;
  const digest = `sha256:${'0'.repeat(64)}`;
  return { events: [{ action: 'push', target: { ...target, digest }, request: { host } }] };
}

async function report(body: object, options = { token }): Promise<ApiAnswer> {
  return api.send('POST', notificationsPath, {
    ...options,
    headers: { 'content-type': type },
    body,
  });
}

async function newest(stream: string, tag: string): Promise<string | undefined> {
  const { body } = await api.get(`${streams}/${stream}`);
  const tags = (body as Stream).status.tags ?? [];
  return tags.find((each) => each.tag === tag)?.items?.[0]?.image;
}

async function ledgerOf(name: string): Promise<readonly object[]> {
  const { connection } = database;
  return await sql(
    connection,
    `select tag, due_at from sluice.ledger where name = '${name}' and told_at is null and claimed_until is null`,
  );
}
