import { X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { ensureAdminToken } from '#src/apiserver/authenticate/admin-token.ts';
import { ensureServerTls } from '#src/apiserver/tls/data-directory.ts';
import { kubeconfig } from '#src/apiserver/tls/kubeconfig.ts';
import { tempDir } from '#test/support/temp-dir.ts';

const now = Date.parse('2026-06-01T00:00:00Z');
const yearMs = 365 * 86_400_000;

describe('the certificates of a data directory', () => {
  test('are made once, for every name of the server', async () => {
    using dir = tempDir('tls');
    const tls = await ensureServerTls(dir.path, 'registry.example.com', now);
    const cert = new X509Certificate(tls.cert);
    const ca = new X509Certificate(tls.ca);
    expect(cert.verify(ca.publicKey)).toBe(true);
    expect(ca.ca).toBe(true);
    for (const host of ['localhost', hostname(), 'registry.example.com'])
      expect(cert.checkHost(host)).toBe(host);
    for (const ip of ['127.0.0.1', '::1']) expect(cert.checkIP(ip)).toBe(ip);
    expect(await ensureServerTls(dir.path, 'registry.example.com', now)).toEqual(tls);
  });

  test.for([
    '::',
    '::1',
    '0:0:0:0:0:0:0:1',
    '2001:DB8::A',
    '2001:db8:0:0::a',
    '::ffff:127.0.0.1',
    'fe80::1%lo',
  ])('stay at the next start of a server that listens on %s', async (host) => {
    using dir = tempDir('tls');
    const tls = await ensureServerTls(dir.path, host, now);
    expect(await ensureServerTls(dir.path, host, now)).toEqual(tls);
  });

  test('name the IPv4 address inside an IPv6 address by its bytes', async () => {
    using dir = tempDir('tls');
    const tls = await ensureServerTls(dir.path, '::ffff:192.0.2.1', now);
    expect(new X509Certificate(tls.cert).subjectAltName).toContain('0:0:0:0:0:FFFF:C000:201');
  });

  test('keep their keys to their owner', async () => {
    using dir = tempDir('tls');
    await ensureServerTls(dir.path, 'localhost', now);
    for (const name of ['ca', 'server'])
      expect(statSync(join(dir.path, 'tls', `${name}.key`)).mode & 0o777).toBe(0o600);
  });

  test('are renewed under the same authority for a new name and near their end', async () => {
    using dir = tempDir('tls');
    const first = await ensureServerTls(dir.path, 'a.example.com', now);
    const renamed = await ensureServerTls(dir.path, 'b.example.com', now);
    expect(renamed.cert).not.toBe(first.cert);
    expect(renamed.ca).toBe(first.ca);
    const later = await ensureServerTls(dir.path, 'b.example.com', now + 0.9 * yearMs);
    expect(later.cert).not.toBe(renamed.cert);
    expect(new X509Certificate(later.cert).validToDate.getTime()).toBeGreaterThan(now + yearMs);
  });
});

describe('the authority of a data directory', () => {
  test('is prolonged in its last year, and whoever trusts the old certificate takes the new', async () => {
    using dir = tempDir('tls');
    const first = await ensureServerTls(dir.path, 'a.example.com', now);
    const nineYears = now + 9.1 * yearMs;
    const later = await ensureServerTls(dir.path, 'a.example.com', nineYears);
    const [oldCa, newCa] = [new X509Certificate(first.ca), new X509Certificate(later.ca)];
    expect(newCa.validToDate.getTime()).toBeGreaterThan(nineYears + 9 * yearMs);
    expect(newCa.subject).toBe(oldCa.subject);
    const server = new X509Certificate(later.cert);
    expect(server.validToDate.getTime()).toBeGreaterThan(nineYears);
    for (const ca of [oldCa, newCa]) {
      expect(server.verify(ca.publicKey)).toBe(true);
      expect(server.checkIssued(ca)).toBe(true);
    }
    expect(await ensureServerTls(dir.path, 'a.example.com', nineYears)).toEqual(later);
  });
});

describe('the administrator', () => {
  test('keeps the token that is in the data directory', async () => {
    using dir = tempDir('admin');
    const first = await ensureAdminToken(dir.path);
    const second = await ensureAdminToken(dir.path);
    expect(second.token).toBe(first.token);
    expect(statSync(join(dir.path, 'admin.token')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dir.path, 'admin.token'), 'utf8').trim()).toBe(first.token);
    expect(first.credential.user.groups).toContain('system:masters');
  });

  test('gets a kubeconfig with everything to connect', () => {
    const text = kubeconfig({
      server: 'https://127.0.0.1:8443',
      ca: 'PEM',
      user: 'admin',
      token: 't',
      namespace: 'default',
    });
    expect(parse(text)).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'sluice',
          cluster: {
            server: 'https://127.0.0.1:8443',
            'certificate-authority-data': Buffer.from('PEM').toString('base64'),
          },
        },
      ],
      users: [{ name: 'admin', user: { token: 't' } }],
      contexts: [
        { name: 'sluice', context: { cluster: 'sluice', user: 'admin', namespace: 'default' } },
      ],
      'current-context': 'sluice',
    });
  });
});
