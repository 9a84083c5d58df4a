/** What all servers and workers know of registries together: who says stop, what is left of quotas, how they want to be asked. */

/** Who must leave a host alone: everybody, because it said so, or only the schedule. */
export type PauseKind = 'stop' | 'hold';

/** What one process saw of a host since its last report. */
export interface RegistryReport {
  /** `host[:port]` that is connected to. */
  readonly host: string;
  readonly requests: number;
  /** Requests that were answered 429. */
  readonly refused: number;
  /** It answered, whatever it said. */
  readonly answered: boolean;
  /** Requests a second and in flight that are allowed to all processes together; none when absent. */
  readonly rate?: number;
  readonly inFlight?: number;
  readonly quota?: RegistryQuota;
  /** The last thing that went wrong. */
  readonly failure?: string;
  /** Without a time: for longer each time in a row, from five seconds to five minutes. */
  readonly pause?: { readonly kind: PauseKind; readonly ms?: number; readonly reason: string };
}

/** What a registry says of its quota. */
export interface RegistryQuota {
  readonly limit?: number;
  readonly remaining?: number;
  readonly windowSeconds?: number;
}

/** A host as all know it. Times are milliseconds since the epoch by the database's clock. */
export interface RegistryState {
  readonly host: string;
  /** Nobody asks before. */
  readonly blockedUntil: number;
  /** The schedule does not ask before. */
  readonly heldUntil: number;
  /** The schedule does not ask before, as people's imports wait for their turns. */
  readonly peopleUntil: number;
  /** Why nobody, or the schedule, asks; not of people who wait. */
  readonly reason?: string;
  /** Times in a row that it was found not to answer. */
  readonly failures: number;
  readonly rate?: number;
  readonly inFlight?: number;
  readonly quota?: RegistryQuota & { readonly seenAt: number };
  readonly requests: number;
  readonly refused: number;
  readonly answeredAt?: number;
  readonly failure?: string;
  readonly failedAt?: number;
  /** Processes that have asked it within the last half minute. */
  readonly processes: number;
  /** Scheduled tags on it. */
  readonly tags: number;
  readonly readAt: number;
}

/** Of each minute that people wait, the schedule has what is more than this, in milliseconds. */
export const mostForPeopleMs = 30_000;

export interface Registries {
  /**
   * Adds what a process saw; answers these hosts as all know them now. A new pause, and that the process has not asked a
   * host for half a minute before, are told to all processes.
   */
  report(process: string, reports: readonly RegistryReport[]): Promise<RegistryState[]>;
  /**
   * Keeps the schedules of all processes from a host for so many milliseconds from now, as somebody waits for a turn there;
   * of each minute for half of it at most. Told to all processes.
   * @returns the host as all know it now; undefined when nobody has asked it yet
   */
  makeWay(process: string, host: string, ms: number): Promise<RegistryState | undefined>;
  /** The process does not ask a host for the time being: its share is the others', who are told. */
  leave(process: string, host: string): Promise<void>;
  /**
   * These hosts, or all.
   * @param process counts itself among those who ask, whether it has asked yet or not
   */
  list(hosts?: readonly string[], process?: string): Promise<RegistryState[]>;
  /** What was learned within a day, as JSON objects by key; of these keys, or of all. */
  lessons(keys?: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Adds to what is known under keys, field by field, and tells all processes of it. */
  learn(lessons: ReadonlyMap<string, string>): Promise<void>;
  /** Calls back with the key of each new lesson, and without one when some may have been missed. */
  onLesson(listener: (key: string | undefined) => void): () => void;
  /** Calls back with the host of each change that others should know at once, and without one when some may have been missed. */
  onChange(listener: (host: string | undefined) => void): () => void;
}
