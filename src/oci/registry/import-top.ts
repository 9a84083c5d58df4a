/** What an import begins with: the manifest that a reference names, from where it can be had with the least. */
import type { CredentialUse } from '../auth/credential.ts';
import { obtain } from '../content/obtain.ts';
import type { Descriptor } from '../content/types.ts';
import { NotFoundError } from '../errors/answers.ts';
import { parseManifest } from '../manifest/parse.ts';
import type { Operation } from '../net/operation.ts';
import { isDigest } from '../ref/digest.ts';
import type { Fetched, Manifests } from './manifests.ts';
import type { Session } from './session.ts';
import type { ImportOptions, ResolveResult } from './types.ts';

/** Where manifests come from. */
export interface TopSource {
  readonly session: Session;
  readonly manifests: Manifests;
}

/** Tags can move while they are looked at; after so many rounds the tag's own answer is taken. */
const maxRounds = 2;

/** The tag is where it was known to be. */
export type Unchanged = Extract<ResolveResult, { kind: 'unchanged' }>;

/**
 * The manifest behind a tag or digest: that of `seen` where a check has just seen one, nothing when the tag is still at
 * `known`, else what the registry answers.
 * @throws {OciError} when it cannot be had
 */
export async function fetchTop(
  { session, manifests }: TopSource,
  reference: string,
  options: ImportOptions,
  operation: Operation,
): Promise<Fetched | { readonly unchanged: Unchanged }> {
  if (options.seen !== undefined && !isDigest(reference)) {
    const seen = await fetchSeen({ session, manifests }, options.seen, options, operation);
    if (seen !== undefined) return seen;
  }
  if (options.known !== undefined && !isDigest(reference)) {
    for (let round = 0; round < maxRounds; round += 1) {
      const result = await manifests.resolveWithin(reference, options, operation);
      if (result.kind === 'unchanged') return { unchanged: result };
      try {
        return await manifests.load(result.descriptor.digest, operation, options);
      } catch (error) {
        // Moved on between the two requests.
        if (!(error instanceof NotFoundError)) throw error;
      }
    }
  }
  return kept(session, await manifests.load(reference, operation, options), options);
}

/** Schema 1 is signed anew for every answer, so its bytes are found by no digest. */
async function kept(
  session: Session,
  fetched: Fetched,
  { cache }: { readonly cache?: ImportOptions['cache'] | undefined },
): Promise<Fetched> {
  const { manifest, credential } = fetched;
  if (manifest.kind !== 'schema1')
    await cache?.put({ ...session.name, credential }, manifest.descriptor, manifest.raw);
  return fetched;
}

/** Undefined when the registry has it no more. */
async function fetchSeen(
  { session, manifests }: TopSource,
  seen: Descriptor,
  options: ImportOptions,
  operation: Operation,
): Promise<Fetched | undefined> {
  const { cache, toldTo, seenOnly } = options;
  const load = async (): Promise<Fetched> => manifests.load(seen.digest, operation, options);
  try {
    if (toldTo === undefined || seen.size === 0)
      return await kept(session, await load(), { cache });
    const scope = { ...session.name, credential: toldTo.id };
    return await obtain<Fetched>(
      { cache, scope, descriptor: seen, operation },
      {
        load,
        read: (bytes) => keptManifest(bytes, seen, toldTo, options),
        bytesOf: ({ manifest }) => (manifest.kind === 'schema1' ? undefined : manifest.raw),
      },
    );
  } catch (error) {
    if (error instanceof NotFoundError && seenOnly !== true) return undefined;
    throw error;
  }
}

/** As the registry that told of it would have sent it. */
function keptManifest(
  bytes: Uint8Array,
  { mediaType, digest }: Descriptor,
  use: CredentialUse,
  options: ImportOptions,
): Fetched {
  const manifest = parseManifest(bytes, mediaType, options, digest);
  const servedBy = use.target.registry;
  return {
    manifest: { ...manifest, warnings: [], servedBy, credential: use },
    credential: use.id,
  };
}
