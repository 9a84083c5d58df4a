/** The package stands alone, and what its README shows runs as it stands there. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { startRegistry, type Registry } from '#test/support/services/registry.ts';
import { skopeoCopy } from '#test/support/services/skopeo.ts';
import { makeAuthority } from '#test/support/tls.ts';

const source = new URL('../../src/oci/', import.meta.url);
const images = fileURLToPath(new URL('../../registry-fixtures/images', import.meta.url));
const readme = readFileSync(new URL('README.md', source), 'utf8');
const examples = [...readme.matchAll(/```ts\n(.*?)```/gsu)].map(([, text = '']) => text);
const expected = [
  /^sha256:[0-9a-f]{64} \d+\nunchanged\n\[ 'v1' \]\n$/u,
  /^\d+\n$/u,
  /^not there: manifest\n$/u,
];

let registry: Registry;
let folder: string;

beforeAll(async () => {
  const authority = await makeAuthority();
  registry = await startRegistry({ tls: await authority.issue(['127.0.0.1']) });
  const target = `docker://${registry.host}/org/app:v1`;
  await skopeoCopy(`oci:${images}/oci-single:latest`, target, { directories: [images] });
  folder = mkdtempSync(join(tmpdir(), 'readme-'));
  writeFileSync(join(folder, 'ca.pem'), authority.certificate);
});

afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test('every example has its expected output', () => {
  expect(examples).toHaveLength(expected.length);
});

test.for(expected.map((output, index) => [index + 1, output] as const))(
  'example %i runs',
  async ([number, output]) => {
    const file = join(folder, `example-${number}.ts`);
    const text = examples[number - 1] ?? '';
    writeFileSync(
      file,
      text.replaceAll("from './", `from '${source.href}`).replaceAll('quay.io', registry.host),
    );
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'), NODE_OPTIONS: '' };
    const { stdout } = await promisify(execFile)(process.execPath, [file], { env });
    expect(stdout).toMatch(output);
  },
);

test('nothing but Node, undici, p-queue and src/lib is imported', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const imported = files.flatMap((name) => {
    const text = readFileSync(new URL(name, source), 'utf8');
    return [...text.matchAll(/(?:from|import) '([^']+)'/gu)].map(([, from = '']) => from);
  });
  const foreign = imported.filter(
    (from) => !from.startsWith('./') && !from.startsWith('../') && !from.startsWith('node:'),
  );
  expect(new Set(foreign)).toEqual(new Set(['undici', 'p-queue', '#src/lib/backoff.ts']));
});
