/**
 * Every credential that there is goes through everything that the product does with it, well and badly; then all that the
 * product wrote or answered is searched for them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { distinctImage } from '#fixtures/many.ts';
import { PushTarget } from '#fixtures/push.ts';
import { ApiClient, type ApiAnswer } from '#test/support/api-client.ts';
import { freePort } from '#test/support/free-port.ts';
import { Markers } from '#test/support/markers.ts';
import { basic, createUser, login } from '#test/support/oauth.ts';
import { sql, startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';
import { startServer, startWorker } from '#test/support/server.ts';
import { startRedis, type Redis } from '#test/support/services/redis.ts';
import { startRegistry } from '#test/support/services/registry.ts';
import { tempDir } from '#test/support/temp-dir.ts';

import { startLeakRegistry } from './leak-registry.ts';

const namespace = 'leaks';
const streams = `/apis/image.openshift.io/v1/namespaces/${namespace}`;
const core = `/api/v1/namespaces/${namespace}`;

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

test('no credential turns up where it does not belong', { timeout: 240_000 }, async () => {
  const markers = new Markers();
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(tempDir('leaks'));
  const database = stack.use(await startTestDatabase());
  const redis = stack.use(await startRedis({ password: markers.make('password of Redis') }));
  const password = markers.make('password in a secret');
  const good = stack.use(await startRegistry({ htpasswd: { user: 'puller', password } }));
  const stranger = stack.use(await startLeakRegistry('', () => ''));
  const accessToken = markers.make('access token of a registry');
  const registry = stack.use(await startLeakRegistry(accessToken, () => stranger.host));
  const deadPort = await freePort();
  const push = new PushTarget(good.url, { username: 'puller', password });
  await push.pushImage('team/app', ['v1'], distinctImage('leaks'));

  const crash = join(dir.path, 'crash.mjs');
  const inError = markers.make('header in an uncaught error');
  writeFileSync(
    crash,
    `process.on('SIGUSR2', () => {
      const headers = { authorization: 'Bearer ' + process.env.CRASH };
      const cause = new Error('GET https://user:' + process.env.CRASH + '@host/ with Bearer ' + process.env.CRASH);
      throw Object.assign(new Error('crashed on purpose', { cause }), { options: { headers }, headers });
    });`,
  );
  const proxyPassword = markers.make('password of a proxy');
  const env = {
    http_proxy: `http://user:${proxyPassword}@127.0.0.1:${deadPort}`,
    no_proxy: '127.0.0.1',
    NODE_OPTIONS: `--import ${crash}`,
    CRASH: inError,
  };
  const args = [
    `--database-url=${urlOf(database, markers.make('password of PostgreSQL'))}`,
    `--redis-url=${redis.url}`,
    '--schedule-interval=1s',
    '--log-level=debug',
  ];
  const dataDir = dir.path;
  const audit = join(dir.path, 'audit.log');
  const server = stack.use(
    await startServer({ dataDir, args: [...args, '--workers=0', `--audit-log=${audit}`], env }),
  );
  const worker = stack.use(await startWorker([...args, `--data-dir=${dataDir}`], env));
  markers.add('token of the administrator', server.token);
  markers.add(
    'token of notifications',
    readFileSync(join(dataDir, 'notification.token'), 'utf8').trim(),
  );
  const api = stack.use(new ApiClient(server));
  /** What others may see. */
  const answers: string[] = [];
  const note = (answer: ApiAnswer): ApiAnswer => {
    answers.push(JSON.stringify(answer));
    return answer;
  };

  // People and tokens.
  const userPassword = markers.make('password of a user');
  await api.post('/api/v1/namespaces', { metadata: { name: namespace } });
  await createUser(api, 'alice', userPassword);
  const bound = await api.post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'alice-looks' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'alice' }],
  });
  expect(bound.status).toBe(201);
  const alice = markers.add('token of a user', await login(api, server.url, 'alice', userPassword));
  const asAlice = { token: alice };
  expect((await api.get('/apis/user.openshift.io/v1/users/~', asAlice)).status).toBe(200);
  const wrong = [
    { token: '', headers: { authorization: basic('alice', markers.make('wrong password')) } },
    { token: markers.make('wrong token') },
    { token: '', headers: { authorization: `Basic ${markers.make('broken Basic')}` } },
  ];
  for (const options of wrong) note(await api.get(`${core}/configmaps`, options));
  const query = `access_token=${markers.make('token in a query')}&${markers.make('bare query')}`;
  note(await api.get(`/oauth/authorize?${query}`, { token: '' }));
  note(await api.get(`${core}/configmaps?${query}`));
  note(
    await api.post(
      '/registry/notifications',
      {},
      { token: markers.make('wrong notification token') },
    ),
  );

  // Secrets in every form that there is.
  const identity = markers.make('identity token');
  const direct = markers.make('registry token');
  const inAuth = markers.make('auth of a secret');
  const inCfg = markers.make('auth of a dockercfg');
  const inKey = markers.make('password in a key');
  const unreachable = markers.make('password for an unreachable host');
  const auths = {
    [good.host]: { username: 'puller', password },
    [`${registry.host}/deny`]: { auth: base64(`user:${inAuth}`) },
    [`${registry.host}/moved`]: { auth: base64(`user:${inAuth}`) },
    [`${registry.host}/broken`]: { auth: base64(`user:${inAuth}`) },
    [`${registry.host}/bearer`]: { auth: base64(`user:${inAuth}`), identitytoken: identity },
    [`${registry.host}/direct`]: { registrytoken: direct },
    [`127.0.0.1:${deadPort}`]: { username: 'u', password: unreachable },
    [`https://user:${inKey}@${registry.host}/v2/`]: { auth: '!' },
    broken: { auth: markers.make('auth that is no base64 of a pair') },
  };
  const json = { '.dockerconfigjson': base64(JSON.stringify({ auths })) };
  const cfg = {
    '.dockercfg': base64(
      JSON.stringify({ [`${registry.host}/cfg`]: { auth: base64(`user:${inCfg}`) } }),
    ),
  };
  const documents = [
    { metadata: { name: 'json' }, type: 'kubernetes.io/dockerconfigjson', data: json },
    { metadata: { name: 'cfg' }, type: 'kubernetes.io/dockercfg', data: cfg },
    {
      metadata: { name: 'opaque' },
      data: { a: base64(markers.make('data of a secret')) },
      stringData: { b: markers.make('stringData of a secret') },
    },
  ];
  for (const secret of documents)
    expect((await api.post(`${core}/secrets`, secret)).status).toBe(201);
  const patch = { stringData: { b: markers.make('patched stringData') } };
  expect((await api.patch(`${core}/secrets/opaque`, patch)).status).toBe(200);
  const refused = [
    {
      metadata: { name: 'bad' },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': base64(`{"auths": ${markers.make('broken JSON of a secret')}`) },
    },
    { metadata: { name: 'bad' }, data: { a: markers.make('data that is no base64!') } },
    { metadata: { name: 'bad' }, data: { [`${markers.make('key of a secret')} /`]: 'YQ==' } },
  ];
  for (const secret of refused) {
    const answer = await api.post(`${core}/secrets`, secret);
    expect(answer.status).toBeGreaterThanOrEqual(400);
  }

  // Imports: by streams and their schedule, and asked for.
  const pullSpecs = [
    `${good.host}/team/app:v1`,
    `${good.host}/team/missing:v1`,
    ...['deny', 'moved', 'broken', 'bearer', 'direct', 'cfg'].map(
      (kind) => `${registry.host}/${kind}/app:v1`,
    ),
    `127.0.0.1:${deadPort}/a/b:v1`,
    'proxied.test:80/a/b:v1',
  ];
  const importPolicy = { insecure: true, scheduled: true };
  const tags = pullSpecs.map((name, index) => ({
    name: `t${index}`,
    from: { kind: 'DockerImage', name },
    importPolicy,
  }));
  const stream = { metadata: { name: 'app' }, spec: { tags } };
  expect((await api.post(`${streams}/imagestreams`, stream)).status).toBe(201);
  const images = pullSpecs.map((name, index) => ({
    from: { kind: 'DockerImage', name },
    to: { name: `t${index}` },
    importPolicy: { insecure: true },
  }));
  const asked = note(
    await api.post(`${streams}/imagestreamimports`, {
      metadata: { name: 'asked' },
      spec: { import: true, images },
    }),
  );
  expect(asked.status).toBe(201);
  const withPassword = `https://user:${markers.make('password in a pull spec')}@${registry.host}/deny/app:v1`;
  for (const from of [withPassword, withPassword.replace('https://', '')])
    note(
      await api.post(`${streams}/imagestreams`, {
        metadata: { name: 'spec' },
        spec: { tags: [{ name: 'a', from: { kind: 'DockerImage', name: from }, importPolicy }] },
      }),
    );

  // The registries have seen them, or nothing of this would prove anything.
  await vi.waitFor(
    () => {
      const seen = registry.seen.join('\n');
      for (const used of [inAuth, inCfg, direct, identity, accessToken])
        expect(seen).toContain(used);
    },
    { timeout: 60_000, interval: 250 },
  );
  expect(asked.body.status.images[0].status.status).toBe('Success');
  await vi.waitFor(
    async () => {
      const { body } = await api.get(`${streams}/imagestreams/app`);
      const known = new Set(
        (body.status.tags as { tag: string; items?: unknown; conditions?: unknown }[])
          .filter(({ items, conditions }) => items ?? conditions)
          .map(({ tag }) => tag),
      );
      expect(known.size).toBe(tags.length);
    },
    { timeout: 90_000, interval: 500 },
  );
  expect(markers.foundIn(stranger.seen.join('\n'))).toEqual([]);

  // What others may look at.
  for (const path of [
    `${streams}/imagestreams`,
    `${streams}/imagestreams/app/history`,
    `${streams}/imagestreamtags`,
    `${streams}/imagestreams/app/secrets`,
    `${core}/secrets`,
    `${core}/secrets/opaque`,
    `${core}/events`,
    '/apis/user.openshift.io/v1/users',
    '/apis/oauth.openshift.io/v1/oauthaccesstokens',
    '/api/v1/secrets?watch=1&timeoutSeconds=1',
  ])
    note(await api.get(path, asAlice));
  for (const path of [`${streams}/imagestreams`, `${core}/events`, '/metrics', '/readyz?verbose'])
    note(await api.get(path));
  note(await api.get('/apis/oauth.openshift.io/v1/oauthaccesstokens'));
  const shown = await server.kubectl(['describe', 'imagestreams,events', '-n', namespace]);
  answers.push(shown.stdout, shown.stderr);
  expect(answers.join('\n')).toContain('forbidden');

  // A crash, and one of the server too.
  for (const { pid } of [worker, server]) process.kill(pid, 'SIGUSR2');
  await vi.waitFor(
    () => {
      for (const each of [worker, server]) expect(each.logs()).toContain('crashed on purpose');
    },
    { timeout: 10_000, interval: 100 },
  );

  const logs = [server.logs(), worker.logs()].join('\n');
  expect(logs).toContain('"level":"debug"');
  expect(logs).toContain('registry request');
  const auditLog = readFileSync(audit, 'utf8');
  expect(auditLog).toContain('"resource":"secrets"');
  const { connection } = database;
  if ('connectionString' in connection) throw new Error('the database is reached by its parts');
  expect({
    answers: markers.foundIn(answers.join('\n')),
    logs: markers.foundIn(logs),
    audit: markers.foundIn(auditLog),
    record: markers.foundIn(await dumpOf(database)),
    // Whatever was written, rows that are gone and PostgreSQL's own log too.
    files: markers.foundInFiles(connection.host),
    queue: markers.foundInFiles(await directoryOf(redis)),
  }).toEqual({ answers: [], logs: [], audit: [], record: [], files: [], queue: [] });
});

function urlOf({ connection }: TestDatabase, password: string): string {
  if ('connectionString' in connection) throw new Error('the database is reached by its parts');
  const { host, user, database } = connection;
  return `postgresql:///${database}?host=${encodeURIComponent(host)}&user=${user}&password=${password}`;
}

/** Every row of every table, as text. */
async function dumpOf({ connection }: TestDatabase): Promise<string> {
  const tables = await sql<{ name: string }>(
    connection,
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  expect(tables.map(({ name }) => name)).toContain('sluice.event');
  const rows = await Promise.all(
    tables.map(({ name }) =>
      sql<{ row: string }>(connection, `select t::text as row from ${name} as t`),
    ),
  );
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

/** Where it keeps its append-only file: every command that was ever sent to it. */
async function directoryOf({ port, url }: Redis): Promise<string> {
  const { password } = new URL(url);
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`AUTH ${password}\r\nCONFIG GET dir\r\nQUIT\r\n`),
    );
    let answer = '';
    socket.on('data', (chunk: Buffer) => void (answer += chunk.toString()));
    socket.once('error', reject).once('close', () => resolve(answer));
  });
  const directory = /\r\n(\/[^\r]+)\r\n/.exec(text)?.[1];
  if (directory === undefined) throw new Error(`Redis does not say where it is: ${text}`);
  return directory;
}
