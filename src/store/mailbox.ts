/**
 * Requests that one process writes and another answers, through a table: the API server waits here for an import
 * that a worker does. A NOTIFY wakes the waiter, a poll covers a lost one. Rows are removed when they are read or an hour old.
 */
export interface Mailbox {
  /** Stores a request and returns its id, which a job can carry. */
  post(request: unknown): Promise<string>;
  /** The request behind an id; `undefined` when it is gone, was answered, or its waiter gave up. */
  read(id: string): Promise<unknown>;
  /** Ids of the requests that wait for an answer, oldest first; a queue that was emptied is filled again from them. */
  unanswered(): Promise<string[]>;
  /** Stores the answer and wakes the waiter; a second answer changes nothing. */
  answer(id: string, answer: unknown): Promise<void>;
  /** Resolves with the answer; rejects with the signal's reason when aborted, after withdrawing the request. */
  wait(id: string, signal: AbortSignal): Promise<unknown>;
}
