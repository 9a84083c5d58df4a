import type { ImageImportStatus, ImportMode, TagImportPolicy } from '#src/domain/types.ts';
import type { Status } from '#src/meta/status.ts';
import type { CredentialUse } from '#src/oci/auth/credential.ts';
import type { CredentialAnswer, CredentialName } from './credential-names.ts';

/** One image to import. */
export interface ImportItem {
  /** The pull spec as the user wrote it; the answer's `dockerImageReference` keeps its spelling. */
  readonly from: string;
  readonly importPolicy: TagImportPolicy;
  /** Platform for Legacy imports of an index, from the spec tag's annotations. */
  readonly preferArch?: string;
  readonly preferOs?: string;
  /** Put the raw manifest and config into the image; default false. */
  readonly includeManifest?: boolean;
  /** What the tag is to be read as: the manifest that a check has seen there, whatever the tag names by now. */
  readonly at?: SeenManifest;
}

/** A manifest as a check of a tag saw it. */
export interface SeenManifest {
  readonly digest: string;
  /** As the registry said; empty and 0 where it did not. */
  readonly mediaType: string;
  readonly size: number;
  /** As whom the registry said it. */
  readonly toldTo?: CredentialUse;
  /** The tag itself is not read where the registry has this manifest no more; default false. */
  readonly exact?: boolean;
}

/** A pull secret of the stream's namespace, decrypted; never logged, never stored. */
export interface PullSecret {
  /** Where it is, for the names in outcomes and logs. */
  readonly namespace?: string;
  readonly name: string;
  readonly type: string;
  /** Base64 as in core/v1 Secret. */
  readonly data: Readonly<Record<string, string>>;
}

export interface ImportContext {
  readonly secrets: readonly PullSecret[];
  /** RFC 3339 time of the import. */
  readonly now: string;
  /** Ends the work; what was not answered by then fails as temporary. Checks under one signal share their answers. */
  readonly signal: AbortSignal;
  /** Work with a higher number leaves a host's lane first; default 0. */
  readonly priority?: number;
}

/** What a check of one scheduled tag found. */
export type CheckOutcome =
  | CheckAnswer
  | {
      readonly kind: 'failed';
      readonly status: Status;
      readonly temporary: boolean;
      readonly retryAfterMs?: number;
      readonly credentialsRefused?: readonly CredentialName[];
    }
  /** The host asked to be left alone, or does not answer; nothing was learned of the tag. */
  | { readonly kind: 'postponed' };

/** The registry answered with a digest. */
export interface CheckAnswer extends SeenManifest {
  readonly kind: 'unchanged' | 'changed';
  readonly etag?: string;
  readonly acceptProfile?: string;
  readonly credentialSource?: CredentialAnswer;
}

export interface CheckItem {
  readonly from: string;
  readonly importPolicy: TagImportPolicy;
  /** What the registry answered when the tag was last imported: it means "unchanged". */
  readonly known?: string;
  /** Of that answer, for registries that are asked by conditional GET. */
  readonly etag?: string;
  readonly acceptProfile?: string;
}

/** A repository listing, or why there is none. */
export type RepositoryOutcome =
  | { readonly tags: readonly string[] }
  | {
      readonly status: Status;
      readonly temporary?: boolean;
      readonly retryAfterMs?: number;
      readonly credentialsRefused?: readonly CredentialName[];
    };

/**
 * An image's outcome with what the record does not keep: the digest that the registry's tag has (an index, where a
 * child was imported), whose credential the registry let in, and whether to try again.
 */
export interface ImportOutcome extends ImageImportStatus {
  readonly upstreamDigest?: string;
  /** Of the answer that gave it, with the list of media types that was accepted. */
  readonly upstreamEtag?: string;
  readonly upstreamAcceptProfile?: string;
  /** True when the failure may pass by itself (429, 5xx, timeouts, DNS, lost connections). */
  readonly temporary?: boolean;
  readonly retryAfterMs?: number;
  readonly importMode?: ImportMode;
  /** Set on success. */
  readonly credentialSource?: CredentialAnswer;
  /** What was shown and refused, in order; set when access was refused. */
  readonly credentialsRefused?: readonly CredentialName[];
}

/** Asks registries, answers with domain values; a failure is a Status in its outcome, never an exception. */
export interface Importer {
  /** One outcome an item, in order; equal items are asked for once. */
  importImages(items: readonly ImportItem[], context: ImportContext): Promise<ImportOutcome[]>;
  /** The tags of a repository, not yet ordered. */
  listRepository(
    from: string,
    policy: TagImportPolicy,
    context: ImportContext,
  ): Promise<RepositoryOutcome>;
  /** One HEAD for each distinct repository, tag and set of credentials. */
  check(items: readonly CheckItem[], context: ImportContext): Promise<CheckOutcome[]>;
  close(): Promise<void>;
}
