/** What another tool pushed is pulled, byte for byte, whatever the registry wants to see first. */
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import type { CredentialSource } from '#src/oci/auth/credential.ts';
import type { HostConfig } from '#src/oci/hosts/config.ts';
import { startRegistry } from '#test/support/services/registry.ts';
import { skopeoCopy, skopeoInspectRaw } from '#test/support/services/skopeo.ts';
import { makeAuthority } from '#test/support/tls.ts';
import { startTokenRegistry } from '#test/support/token-registry.ts';

import { basic, candidates, failureOf, hosts, testClient } from './support/client.ts';

const images = fileURLToPath(new URL('../../registry-fixtures/images', import.meta.url));
const [user, password] = ['alice', 'secret'];
const own = candidates(basic(user, password));

interface Opened {
  readonly host: string;
  readonly config: HostConfig;
  /** Absent where nobody is asked for anything. */
  readonly credentials?: CredentialSource;
}

interface Kind {
  readonly name: string;
  readonly open: (stack: AsyncDisposableStack) => Promise<Opened>;
  /** What is said to who has no credential, or does not trust the authority. */
  readonly refusal?: string;
}

const kinds: readonly Kind[] = [
  {
    name: 'an open registry',
    open: async (stack) => {
      const { host } = stack.use(await startRegistry());
      return { host, config: { scheme: 'http' } };
    },
  },
  {
    name: 'a registry with passwords',
    open: async (stack) => {
      const { host } = stack.use(await startRegistry({ htpasswd: { user, password } }));
      return { host, config: { scheme: 'http' }, credentials: own };
    },
    refusal: 'UNAUTHORIZED',
  },
  {
    name: 'a registry with a certificate of its own authority',
    open: async (stack) => {
      const authority = await makeAuthority();
      const tls = await authority.issue(['127.0.0.1']);
      const { host } = stack.use(await startRegistry({ tls, htpasswd: { user, password } }));
      return { host, config: { tls: { ca: [authority.certificate] } }, credentials: own };
    },
    refusal: 'TLS',
  },
  {
    name: 'a registry with a token server',
    open: async (stack) => {
      const { registry } = stack.use(await startTokenRegistry({ users: { [user]: password } }));
      return { host: registry.host, config: { scheme: 'http' }, credentials: own };
    },
    refusal: 'UNAUTHORIZED',
  },
];

test.for(kinds)('an index that skopeo pushed into $name is imported whole', async (kind) => {
  await using stack = new AsyncDisposableStack();
  const { host, config, credentials } = await kind.open(stack);
  const target = `${host}/pushed/index`;
  const access = { credentials: `${user}:${password}`, directories: [images] };
  await skopeoCopy(`oci:${images}/oci-index-attested:latest`, `docker://${target}:v1`, access);
  await using client = testClient({
    hosts: hosts(config),
    ...(credentials !== undefined && { credentials }),
  });

  const imported = await client.repository(target).importImage('v1', { mode: 'preserve-original' });

  const raw = Buffer.from(imported.manifest?.raw ?? []).toString('utf8');
  expect(raw).toBe(await skopeoInspectRaw(`${target}:v1`, access));
  expect(imported.images.map(({ platform }) => platform?.architecture)).toEqual(['amd64', 'arm64']);
  expect(imported.skipped.map(({ why }) => why)).toEqual(['attestation', 'attestation']);
});

test.for(kinds.filter(({ refusal }) => refusal !== undefined))(
  '$name says no to who may not know',
  async (kind) => {
    await using stack = new AsyncDisposableStack();
    const { host, config } = await kind.open(stack);
    const { tls: _tls, ...untrusting } = config;
    await using client = testClient({ hosts: hosts(untrusting) });

    const failure = await failureOf(client.repository(`${host}/pushed/index`).manifests.get('v1'));

    expect(failure).toMatchObject({ code: kind.refusal });
  },
);
