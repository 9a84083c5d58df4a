/** What only a terminal shows, on a real one (`script` of util-linux makes it). */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type Server } from '#test/support/server.ts';
import { program, sluiceWith } from './cli-support.ts';

let server: Server;
let slow: string;

/** A registry that thinks about everything for a while and then has nothing. */
const registry = createServer((_request, response) => {
  void sleep(2500).then(() => response.writeHead(404).end());
});

beforeAll(async () => {
  registry.listen(0, '127.0.0.1');
  await once(registry, 'listening');
  slow = `127.0.0.1:${(registry.address() as AddressInfo).port}/acme/app:1`;
  server = await startServer({ args: ['--controllers', 'off'] });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  registry.closeAllConnections();
  registry.close();
});

function importOf(stream: string): string[] {
  return ['import-image', stream, `--from=${slow}`, '--insecure', '--confirm'];
}

test('an import that takes long says how long, in a line that is gone at the end', async () => {
  const line = [program, ...importOf('shown')].join(' ');
  const terminal = spawn('script', ['-qec', line, '/dev/null'], {
    env: { ...process.env, KUBECONFIG: server.kubeconfig, TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let screen = '';
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => void (screen += text));
  await once(terminal, 'close');
  const clear = '\r\u001B[2K';
  expect(
    screen.startsWith(`${clear}importing ${slow} … 1s${clear}importing ${slow} … 2s${clear}`),
  ).toBe(true);
  // Before anything else is printed the line is taken away.
  expect(screen.slice(screen.lastIndexOf(clear) + clear.length)).toMatch(/^error: tag 1 failed: /);
});

test('without a terminal it says nothing of that', async () => {
  const { stdout, stderr } = await sluiceWith(server.kubeconfig)(...importOf('piped'));
  expect(`${stdout}${stderr}`).not.toContain('importing');
  expect(stderr).toMatch(/^error: tag 1 failed: /);
});
