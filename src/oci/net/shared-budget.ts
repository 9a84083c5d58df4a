import type { HostLessons } from '../hosts/memory.ts';

/** What the processes of one installation know of hosts together, so that they ask no more than one would. */
export interface SharedBudget {
  /** Processes that ask the host at present, this one included: they divide its rate and its requests in flight. */
  processes(host: string): number;
  /**
   * Milliseconds since 1970 until which nobody of this priority asks the host; 0 when it may be asked. Below 0 it is left
   * to those who wait for their turns in other processes.
   */
  blockedUntil(host: string, priority: number): number;
  /** A call above priority 0 waits for its turn at the host, until what is answered is called. */
  waits(host: string): () => void;
}

/** What answers have taught about hosts, kept across restarts and shared by the processes of one installation. */
export interface SharedLessons {
  /** By host or origin, as it was when the client was made. */
  readonly known: ReadonlyMap<string, HostLessons>;
  /** @param lessons what is new of them */
  learned(key: string, lessons: HostLessons): void;
  /** Calls back with what other processes have learned. */
  follow(follower: (key: string, lessons: HostLessons) => void): void;
}
