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
}

/** Do the ImageStreamImport that somebody waits for; `request` is its id in the mailbox. */
export interface ImportRequestJob {
  readonly request: string;
}

/** One scheduled tag of one stream. */
export interface ScheduledTag {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly tag: string;
}

/** Re-check scheduled tags that live in one repository, so that one token and warm sockets serve them all. */
export interface CheckRepositoryJob {
  readonly repository: string;
  readonly tags: readonly ScheduledTag[];
}

/** Find the scheduled tags that are due in one slot of the period and hand out their checks. */
export interface ScheduleTickJob {
  readonly slot?: number;
}
