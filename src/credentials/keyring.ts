import {
  credentialFingerprint,
  type Credential,
  type CredentialCandidate,
  type CredentialSource,
} from '#src/oci/auth/credential.ts';
import { keyMatches, type RegistryKey } from './registry-key.ts';

/** A credential under a registry key. */
export interface KeyringEntry {
  readonly key: RegistryKey;
  readonly credential: Credential;
  /** Where it comes from, for messages: `namespace/name` of the secret. */
  readonly source: string;
}

/** Each candidate can cost the registry a request per attempt. */
const maxCandidates = 5;

/**
 * Candidates for a repository, most specific first: longest path, then exact host before glob, then the order of the
 * entries. The same credential found twice is a candidate once; there are at most 5.
 */
export function createKeyring(entries: readonly KeyringEntry[]): CredentialSource {
  const ordered = entries.toSorted(
    (a, b) => b.key.path.length - a.key.path.length || Number(a.key.isGlob) - Number(b.key.isGlob),
  );
  const candidates = ordered.map((entry) => ({
    key: entry.key,
    candidate: {
      credential: entry.credential,
      id: credentialFingerprint(entry.credential),
      matchedKey: entry.key.text,
      source: entry.source,
    } satisfies CredentialCandidate,
  }));
  return {
    candidates({ registry, repository = '' }) {
      const found = new Map<string, CredentialCandidate>();
      for (const { key, candidate } of candidates) {
        if (found.size === maxCandidates) break;
        if (!found.has(candidate.id) && keyMatches(key, registry, repository))
          found.set(candidate.id, candidate);
      }
      return Promise.resolve([...found.values()]);
    },
  };
}
