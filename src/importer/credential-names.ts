import type { CredentialSource, CredentialUse } from '#src/oci/auth/credential.ts';
import { UnauthorizedError } from '#src/oci/errors/answers.ts';
import { TokenError } from '#src/oci/errors/auth.ts';

/** A credential by its name: which secret holds it, and under which key. Never the credential. */
export interface CredentialName {
  /** `namespace/name` of the Secret; the bare name where no namespace is known. */
  readonly secret: string;
  /** The key of `auths` that covers the repository, in normal form: `quay.io/org`. */
  readonly registry: string;
}

/** Whose credential a registry let in; `anonymous` when it wanted none, or took none. */
export type CredentialAnswer = CredentialName | 'anonymous';

/**
 * The name under which `source` has the credential that was used. An answer may be shared with others, who have the
 * same credential in a secret of their own, so only the asker's own source is asked.
 */
export async function answerPart(
  use: CredentialUse,
  source: CredentialSource,
): Promise<{ readonly credentialSource?: CredentialAnswer }> {
  if (use.id === 'anonymous') return { credentialSource: 'anonymous' };
  const credentialSource = await nameOf(use, source);
  return credentialSource === undefined ? {} : { credentialSource };
}

/** The names of what a registry refused, in the order in which they were shown. */
export async function refusedPart(
  failure: unknown,
  source: CredentialSource,
): Promise<{ readonly credentialsRefused?: readonly CredentialName[] }> {
  if (!(failure instanceof UnauthorizedError) && !(failure instanceof TokenError)) return {};
  const names = await Promise.all(failure.tried.map(async (use) => nameOf(use, source)));
  return { credentialsRefused: names.filter((name) => name !== undefined) };
}

async function nameOf(
  { id, target }: CredentialUse,
  source: CredentialSource,
): Promise<CredentialName | undefined> {
  const candidates = await source.candidates(target);
  const found = candidates.find((candidate) => candidate.id === id);
  return found && { secret: found.source, registry: found.matchedKey };
}
