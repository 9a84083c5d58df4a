/**
 * When each scheduled tag is checked next and what the last check saw. It is kept beside the record, not in it: a check
 * that finds nothing new must not write to the stream. Derived from the streams, but for what the checks themselves learned.
 */

/** A scheduled tag of a stream, as the controller enters it. */
export interface LedgerTag {
  readonly tag: string;
  /** The pull spec that is followed. */
  readonly from: string;
  /** `host/path` of it with defaults applied; what shares it is checked in one go. */
  readonly repository: string;
  /** Milliseconds between checks. */
  readonly periodMs: number;
}

/** A row: a tag of a stream with its clock and what was seen. Times are milliseconds since the epoch. */
export interface LedgerRow extends LedgerTag {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly dueAt: number;
  readonly checkedAt?: number;
  /** Digest that the registry gave for the tag at the last successful check (of an index, where a child was imported). */
  readonly digest?: string;
  /** Digest of the last successful check where the tag was on hold and did not take it. */
  readonly seen?: string;
  /** Consecutive checks that failed. */
  readonly failures: number;
  /** Reason and message of the last failure. */
  readonly failure?: string;
}

export interface LedgerCheck {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly tag: string;
  readonly checkedAt: number;
  readonly digest?: string;
  /** Instead of `digest` where the tag is on hold: a check after the hold still finds that the tag is behind. */
  readonly seen?: string;
  readonly failure?: string;
  /** Check again at this time rather than at the next turn. */
  readonly retryAt?: number;
}

export interface Ledger {
  /**
   * Replaces the scheduled tags of a stream; none removes it. A tag whose `from` and period did not change keeps its
   * clock and digest. A new one is due at its repository's place in the period (a stable hash), so that checks spread evenly.
   */
  put(
    stream: { namespace: string; name: string; uid: string },
    tags: readonly LedgerTag[],
    now: number,
  ): Promise<void>;
  /**
   * Claims rows that are due, whole repositories at a time, at most `limit` rows (but at least one repository). A claim
   * that is not followed by `record` within `claimMs` is void, so nothing is lost with a worker or a queue.
   */
  claimDue(now: number, limit: number, claimMs: number): Promise<LedgerRow[]>;
  /** The rows of these repositories, whoever follows them. */
  inRepositories(repositories: readonly string[]): Promise<LedgerRow[]>;
  /**
   * Rows whose tag may have moved become due at `at`, unless they are due earlier. A check that was handed out before
   * `at` does not count: the row stays due after it.
   */
  hasten(
    keys: readonly { namespace: string; name: string; uid: string; tag: string }[],
    at: number,
  ): Promise<void>;
  /** Voids all claims: the queue that held their checks was emptied. */
  release(): Promise<void>;
  /** The rows behind claimed tags, as they stand now. */
  rows(
    keys: readonly { namespace: string; name: string; uid: string; tag: string }[],
  ): Promise<LedgerRow[]>;
  /**
   * Notes what checks saw and sets the next turn: the following place in the period after `checkedAt`, or `retryAt`; a row
   * that was hastened meanwhile stays due.
   */
  record(checks: readonly LedgerCheck[]): Promise<void>;
  /** The rows of one stream, for `why` and `describe`. */
  ofStream(namespace: string, name: string): Promise<LedgerRow[]>;
}
