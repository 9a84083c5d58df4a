import type { OciError } from '../errors/base.ts';
import { TimeoutError } from '../errors/network.ts';
import { noSlot, type Deadline, type Deadlines } from './deadlines.ts';
import type { Operation } from './operation.ts';

/** Who may ask a host, and when. */
export interface Turns {
  /** How many are having theirs. */
  readonly inFlight: number;
  /** How many wait for theirs. */
  readonly waiting: number;
  /** How many may have theirs at a time. */
  concurrency: number;
  /** How many processes divide the turns of a second. */
  processes: number;
  /**
   * Waits for a turn: undefined when it is there at once. Who has had it must leave.
   * @throws {TimeoutError} when the operation's time is over first
   * @throws {AbortedError} when the caller gives up first
   */
  enter(operation: Operation): Promise<void> | undefined;
  leave(): void;
}

/** Who waits for a turn, until it comes or the operation is over. */
export class Waiter implements Deadline {
  readonly at: number;
  slot = noSlot;
  next: Waiter | undefined;
  hasLeft = false;
  readonly #deadlines: Deadlines;
  readonly #come: () => void;
  readonly #leave: (error: OciError) => void;
  #stopListening: (() => void) | undefined;

  /**
   * @param come the turn is there
   * @param leave it will not be waited for
   */
  constructor(
    operation: Operation,
    deadlines: Deadlines,
    come: () => void,
    leave: (error: OciError) => void,
  ) {
    this.at = operation.deadlineAt;
    this.#deadlines = deadlines;
    this.#come = come;
    this.#leave = leave;
    deadlines.add(this);
    if (operation.canAbort)
      this.#stopListening = operation.onAbort((error) => {
        this.#giveUp(error);
      });
  }

  start(): void {
    this.#end();
    this.#come();
  }

  expire(): void {
    this.#giveUp(new TimeoutError('lane'));
  }

  #giveUp(error: OciError): void {
    this.#end();
    this.hasLeft = true;
    this.#leave(error);
  }

  #end(): void {
    this.#deadlines.delete(this);
    this.#stopListening?.();
  }
}
