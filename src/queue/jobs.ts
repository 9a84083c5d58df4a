/**
 * What the queues carry: references into the record, never credentials and never results. Every job can be made again
 * from the record, so a queue that was emptied loses nothing.
 */

/** Import what is pending on a stream: its spec tags that are newer than what was observed. */
export interface ImportStreamJob {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  /** Failed tags to ask for once more although nothing newer is wanted of them. */
  readonly tags?: readonly string[];
  /** How many attempts came before this one because a registry failed for a while; 0 when absent. */
  readonly attempt?: number;
  /** Why `tags` are asked for again, as one word that tells two such jobs apart: a secret's resourceVersion. */
  readonly cause?: string;
}

/** What an import worker takes from its queue; `request` is the id of an ImageStreamImport in the mailbox. */
export type ImportJob =
  | { readonly kind: 'stream'; readonly stream: ImportStreamJob }
  | { readonly kind: 'request'; readonly request: string };

/** One scheduled tag of one stream. */
export interface ScheduledTag {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly tag: string;
}

/** Re-check scheduled tags of one host, repository by repository, so that tokens and warm sockets serve them all. */
export interface CheckJob {
  readonly host: string;
  readonly tags: readonly ScheduledTag[];
}

/** What a schedule worker takes from its queue; at a tick it finds the tags that are due and hands out their checks. */
export type ScheduleJob =
  | { readonly kind: 'tick' }
  | { readonly kind: 'check'; readonly check: CheckJob };
