import type { CredentialAnswer, CredentialName } from '#src/importer/credential-names.ts';
import type { LedgerAccess } from '#src/store/ledger.ts';

import type { AskedTag } from './ask.ts';

/** What an outcome tells of credentials. */
interface Tells {
  readonly credentialSource?: CredentialAnswer;
  readonly credentialsRefused?: readonly CredentialName[];
}

/** How the registry let the asker in; undefined where it did not come to that. Secrets are named inside their namespace. */
export function accessOf({
  credentialSource: source,
  credentialsRefused: refused,
}: Tells): LedgerAccess | undefined {
  if (source === 'anonymous') return { kind: 'anonymous', secrets: [] };
  if (source !== undefined) return { kind: 'secret', secrets: [named(source)] };
  return refused === undefined ? undefined : { kind: 'refused', secrets: refused.map(named) };
}

/** The secret that opened the registry for each tag; empty where it wanted none. */
export function secretsOf(tags: readonly AskedTag[]): ReadonlyMap<string, string> {
  const known = tags.flatMap(({ tag, outcome: { credentialSource: source } }) => {
    if (source === undefined) return [];
    return [[tag, source === 'anonymous' ? '' : named(source).secret] as const];
  });
  return new Map(known);
}

function named({ secret, registry }: CredentialName): CredentialName {
  return { secret: secret.slice(secret.indexOf('/') + 1), registry };
}
