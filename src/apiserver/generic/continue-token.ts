import { badRequest, StatusError } from '#src/meta/status.ts';

/** Where the next page of a list starts: behind `after`, as of `revision`; -1 means whatever is newest. */
export interface ContinueToken {
  readonly revision: number;
  readonly after: { readonly namespace: string; readonly name: string };
}

/** The opaque `metadata.continue` of a list. */
export function encodeContinueToken({ revision, after }: ContinueToken): string {
  const start = `${after.namespace}/${after.name}\u0000`;
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString(
    'base64url',
  );
}

/** @throws {StatusError} 400 when the token is not one of ours */
export function decodeContinueToken(token: string): ContinueToken {
  const fields = parsed(token);
  const start = String(fields['start']);
  const slash = start.indexOf('/');
  const revision = Number(fields['rv']);
  if (
    fields['v'] !== 'meta.k8s.io/v1' ||
    slash < 0 ||
    !start.endsWith('\u0000') ||
    !Number.isSafeInteger(revision)
  )
    throw invalidToken();
  return {
    revision,
    after: { namespace: start.slice(0, slash), name: start.slice(slash + 1, -1) },
  };
}

function parsed(token: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalidToken();
}

function invalidToken(): StatusError {
  return new StatusError(badRequest('invalid continue token: continue key is not valid'));
}
