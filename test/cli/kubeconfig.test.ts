import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConnection } from '#src/cli/kubeconfig.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-kubeconfig-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const encoded = (text: string): string => Buffer.from(text).toString('base64');

/** Writes a kubeconfig of one context named `name`, whose server is `https://name`. */
function write(path: string, name: string, more: Record<string, unknown> = {}): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': name,
      contexts: [{ name, context: { cluster: name, user: name, namespace: `${name}-ns` } }],
      clusters: [{ name, cluster: { server: `https://${name}/` } }],
      users: [{ name, user: { token: `${name}-token` } }],
      ...more,
    }),
  );
  return file;
}

function around(env: Record<string, string> = {}): {
  cwd: string;
  env: Record<string, string>;
} {
  return { cwd: folder, env };
}

describe('which file is used', () => {
  test('--kubeconfig before all others', () => {
    write('flag', 'flag');
    const env = { KUBECONFIG: write('env', 'env'), HOME: folder };
    expect(loadConnection({ kubeconfig: 'flag' }, around(env)).server).toBe('https://flag');
  });

  test('KUBECONFIG before the home directory', () => {
    write('.kube/config', 'home');
    const env = { KUBECONFIG: write('env', 'env'), HOME: folder };
    expect(loadConnection({}, around(env)).server).toBe('https://env');
  });

  test('the home directory before the server started here', () => {
    write('.kube/config', 'home');
    write('.sluice/admin.kubeconfig', 'here');
    expect(loadConnection({}, around({ HOME: folder })).server).toBe('https://home');
  });

  test('the server started here when there is no other', () => {
    write('.sluice/admin.kubeconfig', 'here');
    expect(loadConnection({}, around({ HOME: folder }))).toMatchObject({
      server: 'https://here',
      namespace: 'here-ns',
      token: 'here-token',
    });
  });

  test('without any, how to get one is said', () => {
    expect(() => loadConnection({}, around())).toThrow(/sluice serve/);
  });

  test('a --kubeconfig that is missing is named', () => {
    expect(() => loadConnection({ kubeconfig: 'nope' }, around())).toThrow(
      'stat nope: no such file or directory',
    );
  });
});

describe('what it says', () => {
  test('several files of KUBECONFIG are one, the first wins', () => {
    const first = write('one', 'one');
    const second = write('two', 'two', { 'current-context': 'ignored' });
    const env = { KUBECONFIG: `${first}:${join(folder, 'missing')}:${second}` };
    expect(loadConnection({}, around(env)).server).toBe('https://one');
    expect(loadConnection({ context: 'two' }, around(env)).token).toBe('two-token');
  });

  test('certificates are read from data and from files beside the kubeconfig', () => {
    mkdirSync(join(folder, 'deep'));
    writeFileSync(join(folder, 'deep', 'client.key'), 'KEY');
    const file = write('deep/config', 'x', {
      clusters: [
        {
          name: 'x',
          cluster: { server: 'https://x', 'certificate-authority-data': encoded('CA') },
        },
      ],
      users: [
        {
          name: 'x',
          user: { 'client-certificate-data': encoded('CERT'), 'client-key': 'client.key' },
        },
      ],
    });
    expect(loadConnection({ kubeconfig: file }, around())).toMatchObject({
      ca: 'CA',
      clientCert: 'CERT',
      clientKey: 'KEY',
    });
  });

  test('flags win over the file', () => {
    const kubeconfig = write('config', 'file');
    const flags = { kubeconfig, server: 'https://other/', namespace: 'ns', token: 't' };
    expect(loadConnection(flags, around())).toMatchObject({
      server: 'https://other',
      namespace: 'ns',
      token: 't',
    });
  });

  test('a context without a namespace means default', () => {
    const kubeconfig = write('config', 'x', {
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    });
    expect(loadConnection({ kubeconfig }, around()).namespace).toBe('default');
  });

  test.for([
    ['context', { 'current-context': 'nope' }, 'context "nope" does not exist'],
    [
      'cluster',
      { contexts: [{ name: 'x', context: { cluster: 'nope' } }] },
      'cluster "nope" does not exist',
    ],
    [
      'user',
      { contexts: [{ name: 'x', context: { cluster: 'x', user: 'nope' } }] },
      'user "nope" does not exist',
    ],
  ] as const)('a missing %s is named', ([, more, message]) => {
    const kubeconfig = write('config', 'x', more);
    expect(() => loadConnection({ kubeconfig }, around())).toThrow(message);
  });

  test.for(['sluice.example.com:8443', 'ftp://sluice.example.com', 'https://', 'https://a b'])(
    'a server that is no URL is named: %s',
    (server) => {
      expect(() => loadConnection({ server }, around())).toThrow(
        `the address of the server is "${server}"; expected a URL such as https://HOST:PORT`,
      );
    },
  );
});
