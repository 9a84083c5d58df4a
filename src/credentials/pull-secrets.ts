import type { CredentialSource } from '#src/oci/auth/credential.ts';
import { readAuthEntry } from './auth-entry.ts';
import { createKeyring, type KeyringEntry } from './keyring.ts';
import { parseRegistryKey } from './registry-key.ts';
import type { CredentialProblem, SecretDocument } from './secret-source.ts';
import { secretSources } from './sources.ts';

/** Something in a secret that is not used; it names the secret and the key, never a value. */
export interface CredentialWarning extends CredentialProblem {
  /** `namespace/name`, or the name where no namespace is known. */
  readonly secret: string;
}

export interface PullSecretOptions {
  readonly onWarning?: (warning: CredentialWarning) => void;
}

/**
 * The credentials of a namespace's pull secrets. A secret or an entry that cannot be used is
 * reported to `onWarning` and leaves the others alone; secrets of other types are passed over.
 */
export function pullSecretCredentials(
  secrets: readonly SecretDocument[],
  options: PullSecretOptions = {},
): CredentialSource {
  const entries: KeyringEntry[] = [];
  for (const secret of secrets) {
    const source = secretSources.find(({ type }) => type === secret.type);
    if (source === undefined) continue;
    const name =
      secret.namespace === undefined ? secret.name : `${secret.namespace}/${secret.name}`;
    const document = source.read(secret);
    const problems = [...document.problems];
    for (const [key, value] of document.entries) {
      const entry = readEntry(key, value);
      if (entry === undefined) continue;
      if ('problem' in entry) problems.push(entry);
      else entries.push({ ...entry, source: name });
    }
    for (const problem of problems) options.onWarning?.({ secret: name, ...problem });
  }
  return createKeyring(entries);
}

function readEntry(
  key: string,
  value: unknown,
): Omit<KeyringEntry, 'source'> | CredentialProblem | undefined {
  const registryKey = parseRegistryKey(key);
  if (registryKey === undefined)
    return { key: withoutUserinfo(key), problem: 'the key names no registry' };
  const entry = readAuthEntry(value);
  if (entry.kind === 'unusable') return { key: registryKey.text, problem: entry.problem };
  return entry.kind === 'credential'
    ? { key: registryKey, credential: entry.credential }
    : undefined;
}

/** People do write `https://user:password@host` as a key. */
function withoutUserinfo(key: string): string {
  return key.slice(key.lastIndexOf('@') + 1);
}
