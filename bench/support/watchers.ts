/** Many watches of one path in a process of their own, so that the figures are the server's and not the writer's. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { LoadTarget } from './load.ts';

export interface WatchersOptions extends LoadTarget {
  /** With `watch=true`. */
  readonly path: string;
  /** How many watches. */
  readonly count: number;
  /** Most events that each of them will see. */
  readonly events: number;
}

export interface Watchers extends AsyncDisposable {
  /** Resolves when each watch has seen so many events in all. */
  seen(events: number): Promise<void>;
  /** How long each watch waited for events sent at these times (`nowMs`); the first is the event number `from`. */
  waitedMs(from: number, sentAt: readonly number[]): Promise<Float64Array>;
}

/**
 * Opens watches.
 * @throws {Error} when one is refused
 */
export async function startWatchers(options: WatchersOptions): Promise<Watchers> {
  const child = fork(
    fileURLToPath(new URL('watchers-process.ts', import.meta.url)),
    [JSON.stringify(options)],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' },
  );
  const lost = new Promise<never>((_resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`the watchers ended with ${String(code)}`));
    });
  });
  // In the end nobody waits for a message.
  lost.catch(() => undefined);
  const nextMessage = async (): Promise<unknown> => {
    const message = new Promise((resolve) => {
      child.once('message', resolve);
    });
    return Promise.race([message, lost]);
  };
  await nextMessage();
  return {
    async seen(events) {
      const arrived = nextMessage();
      child.send(events);
      await arrived;
    },
    async waitedMs(from, sentAt) {
      const answer = nextMessage();
      child.send({ from, sentAt });
      return (await answer) as Float64Array;
    },
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => {
        child.once('exit', resolve);
      });
      // It ends when its parent hangs up, so it does not outlive one that was killed either.
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
