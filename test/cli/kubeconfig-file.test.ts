import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { kubeconfigToChange, withLogin, withNamespace } from '#src/cli/kubeconfig-file.ts';

const connection = {
  server: 'https://10.0.0.1:8443',
  namespace: 'demo',
  ca: 'PEM',
  skipTlsVerify: false,
};
const login = { connection, user: 'alice', token: 'one' };

test('a login adds cluster, user and context and leaves the others', () => {
  const before = 'users:\n- name: bob\n  user: {token: x}\ncurrent-context: old\n';
  const config = parse(withLogin(before, login)) as Record<string, unknown>;
  expect(config).toMatchObject({
    kind: 'Config',
    'current-context': 'demo/10-0-0-1:8443/alice',
    clusters: [
      {
        name: '10-0-0-1:8443',
        cluster: { server: connection.server, 'certificate-authority-data': 'UEVN' },
      },
    ],
    users: [
      { name: 'bob', user: { token: 'x' } },
      { name: 'alice/10-0-0-1:8443', user: { token: 'one' } },
    ],
  });
});

test('another login of the same user replaces the token', () => {
  const twice = withLogin(withLogin('', login), { ...login, token: 'two' });
  expect(parse(twice)).toMatchObject({ users: [{ user: { token: 'two' } }] });
  expect(twice).not.toContain('one');
});

test('a project is the namespace of the current context', () => {
  const text = withNamespace(withLogin('', login), 'other');
  expect(parse(text)).toMatchObject({
    contexts: [{ context: { namespace: 'other', user: 'alice/10-0-0-1:8443' } }],
  });
  expect(() => withNamespace('', 'other')).toThrow('sluice login');
});

test('the first file of KUBECONFIG is changed, and --kubeconfig wins', () => {
  const around = { cwd: '/w', env: { KUBECONFIG: ':/a:/b', HOME: '/none' } };
  expect(kubeconfigToChange({}, around)).toBe('/a');
  expect(kubeconfigToChange({ kubeconfig: 'mine' }, around)).toBe('/w/mine');
  expect(kubeconfigToChange({}, { cwd: '/w', env: { HOME: '/none' } })).toBe('/none/.kube/config');
});
