/** A Secret that may hold registry credentials; `data` is base64 as in core/v1. */
export interface SecretDocument {
  readonly namespace?: string;
  readonly name: string;
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}

/** What a secret holds before any entry is read: registry key → value of `auths`. */
interface SecretEntries {
  readonly entries: readonly (readonly [key: string, value: unknown])[];
  /** Things that are not used, said without any value. */
  readonly problems: readonly CredentialProblem[];
}

/** Why a secret, or one entry of it, is not used. Names only, never a value. */
export interface CredentialProblem {
  /** The registry key, or the key of the secret's data when the whole document is unusable. */
  readonly key: string;
  readonly problem: string;
}

/** One kind of Secret that carries credentials. */
export interface SecretSource {
  /** The Secret `type` that this source reads. */
  readonly type: string;
  read(secret: SecretDocument): SecretEntries;
}
