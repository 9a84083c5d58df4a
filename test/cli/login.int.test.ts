import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { ApiClient } from '#test/support/api-client.ts';
import { type Server, startServer } from '#test/support/server.ts';
import { kubectl } from '#test/support/services/kubectl.ts';
import type { Finished } from '#test/support/services/run.ts';
import { tempDir } from '#test/support/temp-dir.ts';

const program = fileURLToPath(new URL('../../bin/sluice', import.meta.url));
const adminPassword = 'first of all passwords';
const alicePassword = 'correct horse';

const dir = tempDir('login');
const userConfig = join(dir.path, 'kubeconfig');
const caFile = join(dir.path, 'ca.crt');
let server: Server;

beforeAll(async () => {
  const passwordFile = join(dir.path, 'admin-password');
  writeFileSync(passwordFile, `${adminPassword}\n`);
  chmodSync(passwordFile, 0o600);
  server = await startServer({
    args: ['--workers=0', '--controllers=off'],
    env: { SLUICE_ADMIN_PASSWORD_FILE: passwordFile },
  });
  writeFileSync(caFile, server.ca);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

/** Runs the program to its end, with a line or more on its standard input. */
async function run(
  args: readonly string[],
  { input, env }: { readonly input: string; readonly env: Readonly<Record<string, string>> },
): Promise<Finished> {
  const child = spawn(program, [...args], { env: { ...process.env, ...env }, timeout: 30_000 });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (texts[name] += text));
  // A program that has no question does not read.
  child.stdin.on('error', () => undefined).end(input);
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code ?? -1));
  });
  return { ...texts, exitCode };
}

/** Runs the program as a user with a kubeconfig of their own. */
async function sluice(args: readonly string[], input = ''): Promise<Finished> {
  return run(args, { input, env: { HOME: dir.path, KUBECONFIG: userConfig } });
}

async function asAdmin(args: readonly string[], input = ''): Promise<Finished> {
  return run(['--kubeconfig', server.kubeconfig, ...args], {
    input,
    env: { HOME: dir.path },
  });
}

function currentToken(): string | undefined {
  const config = parse(readFileSync(userConfig, 'utf8')) as {
    users: { name: string; user: { token?: string } }[];
    contexts: { name: string; context: { user: string } }[];
    'current-context': string;
  };
  const context = config.contexts.find(({ name }) => name === config['current-context']);
  return config.users.find(({ name }) => name === context?.context.user)?.user.token;
}

const loginAs = (user: string): string[] => [
  'login',
  server.url,
  '-u',
  user,
  `--certificate-authority=${caFile}`,
];

describe('the administrator', () => {
  test('logs in with the password of the first start, and may do everything', async () => {
    const { stdout, stderr, exitCode } = await sluice(loginAs('admin'), `${adminPassword}\n`);
    expect({ stderr: stderr.replace('Password for admin: ', ''), exitCode }).toEqual({
      stderr: '',
      exitCode: 0,
    });
    expect(stdout).toMatch(/^Login successful\.\n\nYou have access to the following projects/);
    expect(statSync(userConfig).mode & 0o777).toBe(0o600);
    expect(readFileSync(userConfig, 'utf8')).not.toContain(adminPassword);
    const allowed = await kubectl(['get', 'secrets', '-A'], { kubeconfig: userConfig });
    expect(allowed.exitCode).toBe(0);
    expect((await sluice(['whoami'])).stdout).toBe('admin\n');
  });

  test('makes users, and gives them groups', async () => {
    const created = await asAdmin(
      ['adm', 'create-user', 'alice', '--groups=dev,ops', '--password-stdin'],
      `${alicePassword}\n`,
    );
    expect(created).toMatchObject({
      exitCode: 0,
      stdout: [
        'user.user.openshift.io/alice created',
        'group.user.openshift.io/dev created',
        'group.user.openshift.io/ops created',
        '',
      ].join('\n'),
    });
    const removed = await asAdmin(['adm', 'groups', 'remove-users', 'ops', 'alice']);
    expect(removed.stdout).toBe('group.user.openshift.io/ops removed: ["alice"]\n');
  });

  test.for([
    { name: 'too short', password: 'short\n', message: 'must have at least 8 characters' },
    { name: 'empty', password: '\n', message: 'a password is needed' },
  ])('gives nobody a password that is $name', async ({ password, message }) => {
    const { stderr, exitCode } = await asAdmin(
      ['adm', 'create-user', 'carol', '--password-stdin'],
      password,
    );
    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).toContain(message);
    const { stderr: missing } = await asAdmin(['get', 'users', 'carol']);
    expect(missing).toContain('not found');
  });
});

describe('a user', () => {
  test('logs in with oc’s words, and out again', async () => {
    expect((await sluice(loginAs('alice'), `${alicePassword}\n`)).exitCode).toBe(0);
    expect((await sluice(['whoami'])).stdout).toBe('alice\n');
    const token = currentToken() ?? '';
    expect((await sluice(['whoami', '-t'])).stdout).toBe(`${token}\n`);
    expect(token).toMatch(/^sha256~[\w-]{43}$/);
    const own = await sluice(['get', 'useroauthaccesstokens', '-o', 'name']);
    expect(own.stdout).toMatch(/^useroauthaccesstoken\.oauth\.openshift\.io\/sha256~[\w-]{43}\n$/);

    using api = new ApiClient(server);
    const user = await api.get('/apis/user.openshift.io/v1/users/~', { token });
    expect(user.body).toMatchObject({ metadata: { name: 'alice' } });
    expect(user.body.groups).toContain('dev');
    expect(user.body.groups).not.toContain('ops');

    const out = await sluice(['logout']);
    expect(out.stdout).toBe(`Logged "alice" out on "${server.url}"\n`);
    expect(currentToken()).toBeUndefined();
    await expect
      .poll(async () => (await api.get('/apis/user.openshift.io/v1/users/~', { token })).status)
      .toBe(401);
  });

  test('with a wrong password is told so, and nothing is kept', async () => {
    const before = readFileSync(userConfig, 'utf8');
    const { stderr, exitCode } = await sluice(loginAs('alice'), 'wrong horse\n');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'Login failed (401 Unauthorized)\nVerify you have provided the correct credentials.\n',
    );
    expect(readFileSync(userConfig, 'utf8')).toBe(before);
  });

  test('with a token keeps it, and with a wrong one does not', async () => {
    const flags = [`--certificate-authority=${caFile}`];
    const good = await sluice(['login', server.url, `--token=${server.token}`, ...flags]);
    expect(good.stdout).toContain(
      `Logged into "${server.url}" as "admin" using the token provided.\n`,
    );
    const bad = await sluice(['login', server.url, '--token=wrong', ...flags]);
    expect(bad).toMatchObject({ exitCode: 1 });
    expect(bad.stderr).toContain('The token provided is invalid or expired');
    const again = await sluice(['login']);
    expect(again.stdout).toContain('using existing credentials.');
  });

  test('is asked before a server is trusted that nobody vouches for', async () => {
    const fresh = join(dir.path, 'fresh');
    const login = async (input: string): Promise<Finished> =>
      run(['login', server.url, '-u', 'alice'], {
        input,
        env: { HOME: dir.path, KUBECONFIG: fresh },
      });
    const no = await login('n\n');
    expect(no.exitCode).toBe(1);
    expect(no.stderr).toContain(
      'The server uses a certificate signed by an unknown authority.\nYou can bypass the certificate check, but any data you send to the server could be intercepted by others.\nUse insecure connections? (y/n): ',
    );
    expect(no.stderr).toContain('You may need to use the --certificate-authority flag');
    expect(existsSync(fresh)).toBe(false);
    const yes = await login(`y\n${alicePassword}\n`);
    expect(yes.stdout).toContain('Login successful.');
    expect(readFileSync(fresh, 'utf8')).toContain('insecure-skip-tls-verify: true');
  });

  test('whose password was reset logs in with the new one only, and tokens can be withdrawn', async () => {
    await sluice(loginAs('alice'), `${alicePassword}\n`);
    const reset = await asAdmin(
      ['adm', 'reset-password', 'alice', '--revoke-tokens', '--password-stdin'],
      'another password\n',
    );
    expect(reset.stdout).toMatch(/password changed\n[1-9]\d* tokens withdrawn\n$/);
    await expect.poll(async () => (await sluice(['whoami'])).exitCode).toBe(1);
    expect((await sluice(loginAs('alice'), `${alicePassword}\n`)).exitCode).toBe(1);
    expect((await sluice(loginAs('alice'), 'another password\n')).exitCode).toBe(0);
  });

  test('who is deleted is nobody at once', async () => {
    const deleted = await asAdmin(['adm', 'delete-user', 'alice']);
    expect(deleted.stdout).toBe(
      'user.user.openshift.io "alice" deleted\ngroup.user.openshift.io/dev removed: ["alice"]\n',
    );
    await expect.poll(async () => (await sluice(['whoami'])).exitCode).toBe(1);
  });
});

describe('new keys', () => {
  test('leave secrets and tokens as they were, and are used from then on', async () => {
    using api = new ApiClient(server);
    await api.post('/api/v1/namespaces/default/secrets', {
      metadata: { name: 'kept' },
      stringData: { a: 'b' },
    });
    await api.post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'robot' } });
    const token = async (): Promise<string> =>
      (await api.post('/api/v1/namespaces/default/serviceaccounts/robot/token', { spec: {} })).body
        .status.token;
    const before = await token();
    const keyFile = join(server.dataDir, 'encryption.key');
    const keys = (): string[] =>
      readFileSync(keyFile, 'utf8')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'));
    const [old] = keys();
    const { stdout, exitCode } = await asAdmin(['adm', 'rotate-keys']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^encryption key [0-9a-f]{8} is in use;.*\nsigning key \S{43} is in use;/,
    );
    expect(keys()).toHaveLength(2);
    expect(keys()[1]).toBe(old);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const secret = await api.get('/api/v1/namespaces/default/secrets/kept');
    expect(secret.body.data).toEqual({ a: 'Yg==' });
    const after = await token();
    for (const each of [before, after])
      expect((await api.get('/api', { token: each })).status).toBe(200);
    expect(after.split('.')[0]).not.toBe(before.split('.')[0]);
    await expect
      .poll(() => server.logs(), { timeout: 10_000 })
      .toContain('sealed with the new encryption key');
  });
});

test('no password is written to the log', () => {
  for (const password of [adminPassword, alicePassword, 'another password'])
    expect(server.logs()).not.toContain(password);
});
