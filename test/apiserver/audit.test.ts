import { readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { AuditLog, type AuditLogOptions } from '#src/apiserver/audit/audit-log.ts';
import { shownTarget } from '#src/apiserver/audit/event.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { tempDir } from '#test/support/temp-dir.ts';

test.for<[string, string]>([
  ['/api/v1/secrets?limit=5&watch=1', '/api/v1/secrets?limit=5&watch=1'],
  ['/oauth/token?code=abc&state=x', '/oauth/token?code=[hidden]&state=[hidden]'],
  ['/x?access_token=abc&limit=1', '/x?access_token=[hidden]&limit=1'],
  ['/x?abc', '/x?[hidden]'],
  ['/x?s3cr%20et=1', '/x?[hidden]'],
  ['/x?watch', '/x?watch'],
  ['https://user:pass@host/api?a=b', 'https://[hidden]@host/api?a=[hidden]'],
  [`/${'x'.repeat(5_000)}`, `/${'x'.repeat(2_047)}`],
])('%s is shown as %s', ([target, shown]) => {
  expect(shownTarget(target)).toBe(shown);
});

function counted(): { counts: Record<string, number>; count: AuditLogOptions['count'] } {
  const counts: Record<string, number> = {};
  return {
    counts,
    count: (outcome, lines) => {
      counts[outcome] = (counts[outcome] ?? 0) + lines;
    },
  };
}

test('lines come in order, into a file of their owner, and into a new one after it was moved away', async () => {
  using dir = tempDir('audit');
  const file = join(dir.path, 'audit.log');
  const { counts, count } = counted();
  const log = await AuditLog.open({ file, logger: silentLogger, count });
  for (let index = 0; index < 5_000; index += 1) log.add(`{"n":${index}}`);
  await vi.waitFor(() => expect(counts['written']).toBe(5_000), 5_000);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  renameSync(file, `${file}.1`);
  log.add('still the old');
  await vi.waitFor(() => expect(counts['written']).toBe(5_001), 5_000);
  log.reopen();
  log.add('the new');
  await vi.waitFor(() => expect(counts['written']).toBe(5_002), 5_000);
  await log.close();
  const old = readFileSync(`${file}.1`, 'utf8').split('\n');
  expect(old.slice(0, 5_000)).toEqual(Array.from({ length: 5_000 }, (_, n) => `{"n":${n}}`));
  expect(old.slice(5_000)).toEqual(['still the old', '']);
  expect(readFileSync(file, 'utf8')).toBe('the new\n');
});

test('what there is no room for is dropped and counted, and nobody waits', async () => {
  using dir = tempDir('audit');
  const { counts, count } = counted();
  const file = join(dir.path, 'audit.log');
  const log = await AuditLog.open({ file, logger: silentLogger, count, maxWaitingBytes: 100 });
  for (let index = 0; index < 30; index += 1) log.add('0123456789');
  expect(counts).toEqual({ dropped: 20 });
  await vi.waitFor(() => expect(counts).toEqual({ dropped: 20, written: 10 }), 5_000);
  log.add('again');
  await log.close();
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(12);
});

test('a full disk costs lines, says so once, and is over when there is room', async () => {
  using dir = tempDir('audit');
  const { counts, count } = counted();
  const complaints: string[] = [];
  const logger = { ...silentLogger, error: (message: string) => complaints.push(message) };
  const file = '/dev/full';
  const log = await AuditLog.open({ file, logger, count });
  for (let index = 0; index < 3; index += 1) {
    log.add('lost');
    await vi.waitFor(() => expect(counts['dropped']).toBe(index + 1), 5_000);
  }
  await log.close();
  expect(complaints).toEqual(['the audit log cannot be written; lines are lost']);
  await expect(
    AuditLog.open({ file: join(dir.path, 'no', 'audit.log'), logger, count }),
  ).rejects.toThrow('ENOENT');
});
