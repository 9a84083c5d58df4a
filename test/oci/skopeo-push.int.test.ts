/** What another tool pushed into a private registry is pulled, byte for byte. */
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { startRegistry } from '#test/support/services/registry.ts';
import { skopeoCopy, skopeoInspectRaw } from '#test/support/services/skopeo.ts';

import { basic, candidates, testClient } from './support/client.ts';

const images = fileURLToPath(new URL('../../registry-fixtures/images', import.meta.url));

test('an index that skopeo pushed with a password is imported whole with the same password', async () => {
  const [user, password] = ['alice', 'secret'];
  await using registry = await startRegistry({ htpasswd: { user, password } });
  const target = `${registry.host}/pushed/index`;
  const access = { credentials: `${user}:${password}`, directories: [images] };
  await skopeoCopy(`oci:${images}/oci-index-attested:latest`, `docker://${target}:v1`, access);
  await using client = testClient({ credentials: candidates(basic(user, password)) });
  const imported = await client.repository(target).importImage('v1', { mode: 'preserve-original' });
  const raw = Buffer.from(imported.manifest?.raw ?? []).toString('utf8');
  expect(raw).toBe(await skopeoInspectRaw(`${target}:v1`, access));
  expect(imported.images.length).toBeGreaterThan(0);
  expect(imported.skipped.length).toBeGreaterThan(0);
});
