/**
 * When each scheduled tag is checked next and what the last check saw. It is kept beside the record, not in it: a check
 * that finds nothing new must not write to the stream. Derived from the streams, but for what the checks themselves
 * learned. Its clock is the database's: those of servers and workers may differ by minutes.
 */

/** A stream whose tags are scheduled. */
export interface LedgerStream {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** What names a row. */
export interface LedgerKey extends LedgerStream {
  readonly tag: string;
}

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

/** The scheduled tags of one stream; none removes it. */
export interface LedgerEntry {
  readonly stream: LedgerStream;
  readonly tags: readonly LedgerTag[];
}

/** A digest that a tag does not take yet, and when it was first seen, in milliseconds since the epoch. */
export interface LedgerCandidate {
  readonly digest: string;
  readonly seenAt: number;
}

/** How a registry let a check in, or whom it refused. */
export interface LedgerAccess {
  readonly kind: 'secret' | 'anonymous' | 'refused';
  /** The secret that was used, or those that were refused in the order in which they were tried, with their keys. */
  readonly secrets: readonly { readonly secret: string; readonly registry: string }[];
}

/** A row: a tag of a stream with its clock and what was seen. Times are milliseconds since the epoch. */
export interface LedgerRow extends LedgerTag, LedgerKey {
  readonly dueAt: number;
  readonly checkedAt?: number;
  /** Digest that the registry gave for the tag at the last successful check (of an index, where a child was imported). */
  readonly digest?: string;
  /** Of the answer that gave `digest`, with the list of media types that was accepted. */
  readonly etag?: string;
  readonly acceptProfile?: string;
  /** Digest of the last successful check where the tag was on hold and did not take it. */
  readonly seen?: string;
  /** Digests that are not old enough for the tag, oldest first. */
  readonly candidates?: readonly LedgerCandidate[];
  /** Of the last check; absent where it got no answer. */
  readonly access?: LedgerAccess;
  /** Consecutive checks that failed. */
  readonly failures: number;
  /** Reason and message of the last failure. */
  readonly failure?: string;
  /** When the row was read. */
  readonly readAt: number;
}

export interface LedgerCheck extends LedgerKey {
  readonly digest?: string;
  readonly etag?: string;
  readonly acceptProfile?: string;
  /** Instead of `digest` where the tag is on hold: a check after the hold still finds that the tag is behind. */
  readonly seen?: string;
  /** Replaces those of the row; kept when absent. */
  readonly candidates?: readonly LedgerCandidate[];
  readonly access?: LedgerAccess;
  readonly failure?: string;
  /** Check again after so many milliseconds rather than at the next turn. */
  readonly retryMs?: number;
}

/** How much a claim may take. */
export interface ClaimLimits {
  /** Rows in all; those of one question, however it is spelled, go together, so it may be a few more. */
  readonly rows: number;
  /** Rows of one host that are claimed at one time, by whomever. */
  readonly rowsPerHost: number;
  /** The same for a host that did not answer the last time. */
  readonly probeRows: number;
  /** A claim that is not followed by `record` within this time is void, so nothing is lost with a worker or a queue. */
  readonly claimMs: number;
}

export interface LedgerClaim {
  /** When it was made, in milliseconds since the epoch. */
  readonly at: number;
  readonly rows: readonly LedgerRow[];
}

/** How far the schedule is behind. */
export interface LedgerLag {
  /** Scheduled tags. */
  readonly tags: number;
  /** Those that are due and not handed out, but for hosts that are left alone. */
  readonly waiting: number;
  /** Those that wait because their host is left alone. */
  readonly heldBack: number;
  /** Milliseconds since the oldest that waits became due. */
  readonly lagMs: number;
}

export interface Ledger {
  /**
   * Replaces the scheduled tags of streams. A tag whose `from` and period did not change keeps its clock and digest. A
   * new one is due at its repository's place in the period (a stable hash), so that checks spread evenly.
   */
  put(entries: readonly LedgerEntry[]): Promise<void>;
  /** Claims rows that are due, of every host that may be asked, oldest first. */
  claimDue(limits: ClaimLimits): Promise<LedgerClaim>;
  /** The rows of these repositories, whoever follows them. */
  inRepositories(repositories: readonly string[]): Promise<LedgerRow[]>;
  /**
   * Rows whose tag may have moved become due in `afterMs`, unless they are due earlier. A check that was handed out before
   * that does not count: the row stays due after it.
   */
  hasten(keys: readonly LedgerKey[], afterMs: number): Promise<void>;
  /** Voids all claims: the queue that held their checks was emptied. */
  release(): Promise<void>;
  /** Takes out tags that are scheduled no more. */
  remove(keys: readonly LedgerKey[]): Promise<void>;
  /** Keeps claims for `claimMs` from now: their checks take long. */
  extend(keys: readonly LedgerKey[], claimMs: number): Promise<void>;
  /** Voids claims whose checks were not made. */
  giveBack(keys: readonly LedgerKey[]): Promise<void>;
  /** The rows behind claimed tags, as they stand now. */
  rows(keys: readonly LedgerKey[]): Promise<LedgerRow[]>;
  /**
   * Notes what checks saw and sets the next turn: the following place in the period, or `retryMs` from now; a row that
   * was hastened meanwhile stays due.
   */
  record(checks: readonly LedgerCheck[]): Promise<void>;
  /** The rows of one stream, for `why` and `describe`. */
  ofStream(namespace: string, name: string): Promise<LedgerRow[]>;
  lag(): Promise<LedgerLag>;
}
