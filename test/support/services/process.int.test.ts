import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { expect, test } from 'vitest';

import { startProcess } from '#test/support/services/process.ts';

const shell = (script: string): { command: string; args: string[] } => ({
  command: '/bin/sh',
  args: ['-c', script],
});

/** Whether a process runs; one that ended and was not yet waited for does not. Linux. */
function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/u.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('a process that ends before it is ready is an error that shows what it printed', async () => {
  await expect(startProcess(shell('echo no room; exit 3'), { ready: /^ready/u })).rejects.toThrow(
    /ended with 3 before it was ready:\nno room/u,
  );
});

test('a process that never becomes ready is killed', async () => {
  await expect(
    startProcess(shell('echo waiting; exec sleep 60'), { ready: /^ready/u, timeoutMs: 300 }),
  ).rejects.toThrow(/was not ready after 300 ms:\nwaiting/u);
});

test('a process is stopped gently, with its exit code', async () => {
  await using running = await startProcess(
    shell('trap "echo bye; exit 7" TERM; echo ready; while true; do sleep 0.05; done'),
    { ready: /^ready/u },
  );
  expect(await running.stop()).toBe(7);
  expect(running.logs()).toContain('bye');
});

test('a process that does not stop is killed', async () => {
  await using running = await startProcess(
    shell('trap "" TERM; echo ready; while true; do sleep 0.05; done'),
    { ready: /^ready/u },
  );
  expect(await running.stop(100)).toBeNull();
});

test('a service does not outlive a test process that is killed', async () => {
  const program = `
    const { startProcess } = await import('#test/support/services/process.ts');
    const running = await startProcess(
      { command: '/bin/sh', args: ['-c', 'echo ready; exec sleep 60'] }, { ready: /ready/ });
    console.log(running.pid);
    setInterval(() => undefined, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: new URL('../../..', import.meta.url),
  });
  const pid = await new Promise<number>((resolve) => {
    createInterface({ input: parent.stdout }).once('line', (line) => {
      resolve(Number(line));
    });
  });
  expect(runs(pid)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => runs(pid), { timeout: 5000 }).toBe(false);
});
