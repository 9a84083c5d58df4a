import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import type { TlsMaterial } from '#src/apiserver/http/fastify.ts';
import { ensureServerTls } from '#src/apiserver/tls/data-directory.ts';
import { checkTls, keepTlsFresh, type TlsReload } from '#src/apiserver/tls/reload.ts';
import { systemClock } from '#src/lib/clock.ts';
import type { LogData } from '#src/lib/logger.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { tempDir, type TempDir } from '#test/support/temp-dir.ts';
import { makeAuthority } from '#test/support/tls.ts';

interface Rig extends AsyncDisposable {
  readonly reload: TlsReload;
  readonly applied: TlsMaterial[];
  readonly lines: string[];
  write(name: 'cert' | 'key', text: string): Promise<void>;
}

async function rig(everyMs: number, dir: TempDir): Promise<Rig> {
  const files = { cert: join(dir.path, 'tls.crt'), key: join(dir.path, 'tls.key') };
  const read = async (): Promise<TlsMaterial> => ({
    cert: await readFile(files.cert, 'utf8'),
    key: await readFile(files.key, 'utf8'),
  });
  const { certificate, key } = await (await makeAuthority()).issue(['127.0.0.1']);
  await writeFile(files.cert, certificate);
  await writeFile(files.key, key);
  const applied: TlsMaterial[] = [];
  const lines: string[] = [];
  const note = (message: string, data: LogData = {}): void => {
    lines.push(`${message}: ${JSON.stringify(data)}`);
  };
  const reload = keepTlsFresh({
    current: await read(),
    read,
    apply: (tls) => applied.push(tls),
    everyMs,
    clock: systemClock,
    logger: { ...silentLogger, info: note, warn: note },
  });
  return {
    reload,
    applied,
    lines,
    write: (name, text) => writeFile(files[name], text),
    [Symbol.asyncDispose]: () => reload.close(),
  };
}

test('a new pair is used when both of its files are there, and half of it is logged once', async () => {
  using dir = tempDir('tls');
  await using files = await rig(60_000, dir);
  const next = await (await makeAuthority()).issue(['127.0.0.1']);
  await files.write('cert', next.certificate);
  for (let look = 0; look < 3; look += 1) await files.reload.look();
  expect(files.applied).toEqual([]);
  expect(files.lines).toHaveLength(1);
  expect(files.lines[0]).toContain('the private key is not that of the certificate');
  await files.write('key', next.key);
  await files.reload.look();
  expect(files.applied).toEqual([{ cert: next.certificate, key: next.key }]);
  await files.reload.look();
  expect(files.applied).toHaveLength(1);
});

test.for([
  ['nothing', ''],
  ['no PEM', 'hello'],
  ['half of a PEM', '-----BEGIN CERTIFICATE-----\nMIIB'],
])('a certificate file with %s leaves the old one', async ([, text]) => {
  using dir = tempDir('tls');
  await using files = await rig(60_000, dir);
  await files.write('cert', text ?? '');
  await files.reload.look();
  expect(files.applied).toEqual([]);
  expect(files.lines.join()).toContain('the old ones stay');
});

test('new files are found without being told of', async () => {
  using dir = tempDir('tls');
  await using files = await rig(20, dir);
  const next = await (await makeAuthority()).issue(['127.0.0.1']);
  await files.write('cert', next.certificate);
  await files.write('key', next.key);
  await vi.waitFor(() => expect(files.applied).toHaveLength(1), 5_000);
  expect(files.lines.join()).not.toContain(next.key.slice(30, 60));
});

test('an ended certificate cannot be used', async () => {
  using dir = tempDir('tls');
  const now = Date.parse('2026-06-01T00:00:00Z');
  const tls = await ensureServerTls(dir.path, 'localhost', now);
  expect(checkTls(tls, now)).toContain('2027');
  expect(() => checkTls(tls, now + 400 * 86_400_000)).toThrow('the certificate ended on');
});
