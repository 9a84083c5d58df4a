import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('the demo tells its story to the end', async () => {
  const demo = fileURLToPath(new URL('../../demo/main.ts', import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [demo]);
  expect(stderr).toBe('');
  expect(stdout).toContain('you may not have access to the container image');
  expect(stdout).toContain('REVISION');
  expect(stdout).toMatch(/Done: everything happened as told\.\n$/);
  expect(stdout).not.toMatch(/--docker-password=[^*]/);
});
