import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pullSecretCredentials, type CredentialWarning } from '#src/credentials/pull-secrets.ts';

const target = { registry: 'reg.test', repository: 'org/app', purpose: 'registry' } as const;

function read(
  text: string,
  type = 'kubernetes.io/dockerconfigjson',
): {
  readonly warnings: CredentialWarning[];
  readonly source: ReturnType<typeof pullSecretCredentials>;
} {
  const warnings: CredentialWarning[] = [];
  const key = type === 'kubernetes.io/dockercfg' ? '.dockercfg' : '.dockerconfigjson';
  const data = { [key]: Buffer.from(text).toString('base64') };
  const source = pullSecretCredentials([{ name: 'pull', type, data }], {
    onWarning: (warning) => warnings.push(warning),
  });
  return { warnings, source };
}

test('any text and any JSON is read or warned of, never thrown', async () => {
  const type = fc.constantFrom('kubernetes.io/dockerconfigjson', 'kubernetes.io/dockercfg');
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.json()), type, async (text, kind) => {
      await expect(read(text, kind).source.candidates(target)).resolves.toBeInstanceOf(Array);
    }),
  );
});

test('whatever stands beside it, a good entry is found, and no warning holds a value', async () => {
  const odd = fc.dictionary(fc.string({ maxLength: 20 }), fc.jsonValue(), { maxKeys: 6 });
  await fc.assert(
    fc.asyncProperty(odd, async (others) => {
      const secret = 'canary-password';
      const auths = { ...others, 'reg.test/org': { username: 'ann', password: secret } };
      const { source, warnings } = read(JSON.stringify({ auths }));
      const found = await source.candidates(target);
      expect(found[0]).toMatchObject({
        credential: { kind: 'basic', username: 'ann', password: secret },
        matchedKey: 'reg.test/org',
      });
      expect(JSON.stringify(warnings)).not.toContain(secret);
    }),
  );
});

test('user and password survive every form of an entry', async () => {
  const user = fc.stringMatching(/^[^:\0]{1,20}$/u).filter((text) => text.isWellFormed());
  const password = fc.stringMatching(/^[^\0]{1,30}$/u).filter((text) => text.isWellFormed());
  await fc.assert(
    fc.asyncProperty(user, password, fc.boolean(), async (username, secret, isEncoded) => {
      const entry = isEncoded
        ? { auth: Buffer.from(`${username}:${secret}`).toString('base64') }
        : { username, password: secret };
      const { source } = read(JSON.stringify({ auths: { 'reg.test': entry } }));
      const [candidate] = await source.candidates(target);
      expect(candidate?.credential).toEqual({ kind: 'basic', username, password: secret });
    }),
  );
});
