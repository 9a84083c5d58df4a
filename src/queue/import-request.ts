/**
 * The letters that the API server and an import worker exchange, through the mailbox where they are two processes. A job carries only the letter's id;
 * the worker reads pull secrets itself, so no credential passes through here.
 */
import type { ImageStreamImport } from '#src/domain/types.ts';
import type { Status } from '#src/meta/status.ts';

/** Asks a worker to do an ImageStreamImport that was validated and authorised. */
export interface ImportRequest {
  readonly namespace: string;
  /** As validated, `status` empty; `metadata.name` is the stream. */
  readonly import: ImageStreamImport;
  /** Who asked; the stream is written on their behalf (cross-namespace reviews, quota). */
  readonly user: { readonly username: string; readonly groups: readonly string[] };
  /** True for callers whom the registry allow-list does not bind (they may create images themselves). */
  readonly allowAnyRegistry: boolean;
}

/** What the worker answers: the import with its `status` filled in, or why the request as a whole failed. */
export type ImportAnswer = { readonly object: ImageStreamImport } | { readonly status: Status };

/** A worker in the process of whoever asks, to which a request goes from hand to hand instead of by the mailbox. */
export interface ImportWorkerAtHand {
  /**
   * The answer; `undefined` when the worker is not there or has its hands full. Rejects when the import could not be
   * done, and another worker may have better luck.
   */
  take(request: ImportRequest, signal: AbortSignal): Promise<ImportAnswer> | undefined;
}
