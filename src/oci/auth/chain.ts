import type { CredentialCandidate, CredentialSource } from './credential.ts';

/** Asks all sources; candidates stand in the order of the sources, equal ones once. */
export function chainCredentials(...sources: readonly CredentialSource[]): CredentialSource {
  return {
    async candidates(target, options) {
      const found = new Map<string, CredentialCandidate>();
      const lists = await Promise.all(
        sources.map(async (source) => source.candidates(target, options)),
      );
      for (const candidate of lists.flat())
        if (!found.has(candidate.id)) found.set(candidate.id, candidate);
      return [...found.values()];
    },
  };
}

/** Knows no credential. */
export const noCredentials: CredentialSource = { candidates: () => Promise.resolve([]) };
