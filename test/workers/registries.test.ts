import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { tempDir } from '#test/support/temp-dir.ts';
import { createImporter } from '#src/importer/create-importer.ts';
import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { createClient } from '#src/oci/registry/client.ts';
import { contextWith } from '#test/importer/support.ts';
import { readConfig } from '#workers/config.ts';
import { readRegistries, type Registries } from '#workers/config/registries-file.ts';

const pem = '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n';

function fileOf(text: string): string {
  const directory = tempDir('registries');
  onTestFinished(() => {
    directory[Symbol.dispose]();
  });
  for (const name of ['corp-ca.pem', 'worker.pem', 'worker-key.pem'])
    writeFileSync(join(directory.path, name), pem);
  writeFileSync(join(directory.path, 'empty.pem'), '');
  const file = join(directory.path, 'registries.yaml');
  writeFileSync(file, text);
  return file;
}

function manual(): Registries {
  const text = readFileSync(new URL('../../docs/registries.md', import.meta.url), 'utf8');
  const example = /```yaml\n(registries:[\s\S]*?)```/u.exec(text)?.[1] ?? '';
  return readRegistries(fileOf(example));
}

test('the example of the manual is read', () => {
  const registries = manual();
  expect(registries.lookup('registry.corp', 'team/app')).toEqual({
    tls: { ca: [pem], cert: pem, key: pem },
    proxy: { http: 'http://proxy.corp:3128/', https: 'http://proxy.corp:3128/' },
  });
  expect(registries.lookup('bad.example.com')).toEqual({ blocked: true });
  expect(registries.lookup('quay.io', 'a/b')).toEqual({});
  expect(registries.perHost['registry.corp']).toEqual({ ratePerSecond: 5, concurrencyPerHost: 4 });
});

test('a mirror stands for the part of the name that the key covers, and is asked as its own entry says', () => {
  expect(manual().lookup('docker.io', 'library/python')).toEqual({
    neverContactSource: false,
    mirrors: [
      {
        endpoint: 'mirror.corp:5000',
        repository: 'hub/python',
        pullFromMirror: 'digest-only',
        scheme: 'https-then-http',
        tls: { insecureSkipVerify: true },
        proxy: {},
      },
      { endpoint: 'cache.corp', repository: 'library/python', pullFromMirror: 'all' },
    ],
  });
});

test('a path covers whole segments only, and the longest counts', () => {
  const registries = readRegistries(
    fileOf(
      'registries: {q.io: {insecure: true}, q.io/a: {blocked: true}, q.io/a/b: {blocked: false}}',
    ),
  );
  expect(registries.lookup('q.io', 'a/x').blocked).toBe(true);
  expect(registries.lookup('q.io', 'a/b').blocked).toBe(false);
  expect(registries.lookup('q.io', 'ab').blocked).toBeUndefined();
  expect(registries.lookup('q.io', 'a/b')).toBe(registries.lookup('q.io', 'a/b'));
});

test.for([
  ['{x: {}}', 'registries is no object'],
  ['{q.io: {mirror: []}}', 'q.io: unknown key "mirror"'],
  ['{q.io: {blocked: 1}}', 'q.io: blocked is 1; expected true or false'],
  ['{q.io: {inFlight: 0}}', 'q.io: inFlight is 0; expected a number from 1 to 10000'],
  ['{q.io/a: {ca: corp-ca.pem}}', 'q.io/a: ca is of a whole host, not of a path'],
  ['{q.io: {clientCert: worker.pem}}', 'clientCert and clientKey belong together'],
  ['{q.io: {ca: empty.pem}}', 'ca: empty.pem holds no PEM'],
  ['{q.io: {ca: none.pem}}', 'ENOENT'],
  ['{q.io: {proxy: "ftp://u:hunter2@p"}}', 'proxy is neither'],
  [
    '{q.io: {mirrors: [{location: m.io, pull: some}]}}',
    'pull is "some"; expected all, digest or tag',
  ],
  ['{"q io": {}}', 'q io'],
] as const)('%s is refused: %s', ([text, message]) => {
  const file = fileOf(
    text === '{x: {}}'
      ? text.replace('x', 'registries').replace('{}', '[]')
      : `registries: ${text}`,
  );
  const read = (): unknown => readConfig(['--registries-config', file], {});
  expect(read).toThrow(message);
  expect(read).toThrow(`--registries-config: ${file}: `);
  expect(read).not.toThrow('hunter2');
});

test('an import from a blocked registry is forbidden, whatever is asked of it', async () => {
  const importer = createImporter({
    client: createClient({ userAgent: 'sluice-test' }),
    logger: silentLogger,
    clock: systemClock,
    hosts: manual(),
  });
  const forbidden = {
    status: 'Failure',
    code: 403,
    reason: 'Forbidden',
    message: 'forbidden: registry bad.example.com blocked',
  };
  const from = 'bad.example.com/team/app';

  const [outcome] = await importer.importImages(
    [{ from: `${from}:v1`, importPolicy: { insecure: true } }],
    contextWith([]),
  );
  const listed = await importer.listRepository(from, {}, contextWith([]));

  expect(outcome).toMatchObject({ status: forbidden, temporary: false });
  expect(listed).toMatchObject({ status: forbidden });
  await importer.close();
});

test('token servers are trusted by registry', () => {
  const environment = {
    SLUICE_TRUSTED_REALMS: 'h.corp=login.corp, h.corp=sso.corp:8443,g.corp=g2.corp',
  };
  expect(readConfig([], environment).trustedRealms).toEqual({
    'h.corp': ['login.corp', 'sso.corp:8443'],
    'g.corp': ['g2.corp'],
  });
  expect(() => readConfig(['--trusted-realms=h.corp'], {})).toThrow('REGISTRY=HOST pairs');
});
