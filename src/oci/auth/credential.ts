import { createHmac, randomBytes } from 'node:crypto';

import type { CallOptions } from '../content/types.ts';

/** How to prove who one is. */
export type Credential =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth 2 refresh token: `identitytoken` of a docker config. */
  | { readonly kind: 'identity'; readonly refreshToken: string; readonly username?: string }
  /** Sent to the registry as it stands: `registrytoken` of a docker config. */
  | { readonly kind: 'bearer'; readonly token: string };

/** A credential that may be tried. */
export interface CredentialCandidate {
  readonly credential: Credential;
  /** Equal for equal credentials; says nothing about them. */
  readonly id: string;
  /** The registry key that matched; `http://` or a port in it allows use over plain HTTP. */
  readonly matchedKey: string;
  /** Where it comes from, for messages. */
  readonly source: string;
}

/** Tried when no other is left. */
export const nobody: CredentialCandidate = {
  credential: { kind: 'anonymous' },
  id: 'anonymous',
  matchedKey: '',
  source: '',
};

/** Who asks for credentials. */
export interface CredentialTarget {
  /** `host[:port]`, Docker Hub as `docker.io`. */
  readonly registry: string;
  readonly repository?: string;
  readonly purpose: 'registry' | 'mirror';
}

/** To whom an answer was given: by fingerprint, which tells a source its own
 * candidate again and says nothing to others. */
export interface CredentialUse {
  /** `credentialFingerprint` of what was shown: `anonymous` when nothing was. */
  readonly id: string;
  /** The registry or mirror that answered. */
  readonly target: CredentialTarget;
}

/** Finds credentials; it is asked only when a registry wants some. */
export interface CredentialSource {
  /** Most specific first; the client tries them in order on 401 and 403 and remembers which one worked. */
  candidates(
    target: CredentialTarget,
    options?: CallOptions,
  ): Promise<readonly CredentialCandidate[]>;
}

/** Tokens are cached by fingerprint, so it is keyed: nobody can compare it with guesses. */
const fingerprintKey = randomBytes(32);

/** Equal for equal credentials in this process, and says nothing about them. */
export function credentialFingerprint(credential: Credential): string {
  if (credential.kind === 'anonymous') return 'anonymous';
  const parts =
    credential.kind === 'basic'
      ? [credential.username, credential.password]
      : credential.kind === 'identity'
        ? [credential.refreshToken, credential.username ?? '']
        : [credential.token];
  return createHmac('sha256', fingerprintKey)
    .update(JSON.stringify([credential.kind, ...parts]))
    .digest('base64url');
}
