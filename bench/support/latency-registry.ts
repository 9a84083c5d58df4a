/**
 * A registry in a process of its own that answers late, as one on the other side of the internet does, and asks for
 * bearer tokens. It counts what reaches it, so that the figures are the registry's and not the client's.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface LatencyRegistryOptions {
  readonly repositories: number;
  readonly tagsEach: number;
  /** Milliseconds before each answer. */
  readonly latencyMs: number;
  /** Seconds that a token is valid; default 300, as Docker Hub's. */
  readonly tokenSeconds?: number;
}

/** What reached the registry since the last reset. */
export interface RegistryCounts {
  /** All requests, tokens and refused ones included. */
  readonly requests: number;
  readonly tokens: number;
  /** Requests that were answered 401. */
  readonly challenges: number;
  readonly heads: number;
  readonly gets: number;
  /** Connections accepted, and open at one time at most. */
  readonly socketsAccepted: number;
  readonly socketsPeak: number;
  readonly inFlightPeak: number;
}

/** A tag of the registry. */
export interface ServedTag {
  /** `127.0.0.1:PORT/many/r000:t0`. */
  readonly pullSpec: string;
  readonly digest: string;
}

export interface LatencyRegistry extends AsyncDisposable {
  readonly host: string;
  readonly tags: readonly ServedTag[];
  /** What was counted; starts counting anew. */
  takeCounts(): Promise<RegistryCounts>;
}

/** What the registry's process says first. */
export interface ReadyMessage {
  readonly host: string;
  readonly tags: readonly ServedTag[];
}

/** Starts the registry. */
export async function startLatencyRegistry(
  options: LatencyRegistryOptions,
): Promise<LatencyRegistry> {
  const child = fork(
    fileURLToPath(new URL('latency-registry-process.ts', import.meta.url)),
    [JSON.stringify(options)],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  const nextMessage = async (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => {
        reject(new Error(`the registry ended with ${String(code)}`));
      });
    });
  const { host, tags } = (await nextMessage()) as ReadyMessage;
  return {
    host,
    tags,
    takeCounts: async () => {
      child.send('counts');
      return (await nextMessage()) as RegistryCounts;
    },
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => {
        child.once('exit', resolve);
      });
      // It ends when its parent hangs up, so it does not outlive one that was killed either.
      child.disconnect();
      await ended;
    },
  };
}
