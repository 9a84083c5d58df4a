/**
 * A registry in a process of its own that answers late, wants bearer tokens, holds thousands of tags without content worth
 * speaking of, and moves them on request. It counts what reaches it.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface MovingRegistryOptions {
  /** Milliseconds before each answer. */
  readonly latencyMs: number;
  /** Milliseconds in which a tag is to be asked for once. */
  readonly periodMs: number;
  /** Images by all of their tags. */
  readonly images: readonly { readonly repository: string; readonly tags: readonly string[] }[];
}

/** What reached the registry since the last look. */
export interface MovingRegistryCounts {
  /** All requests, tokens and refused ones included. */
  readonly requests: number;
  readonly tokens: number;
  /** Requests that were answered 401. */
  readonly challenges: number;
  readonly heads: number;
  /** HEADs of a tag that was asked for less than half a period ago. */
  readonly repeats: number;
  readonly gets: number;
  /** Connections open at one time, at most. */
  readonly socketsPeak: number;
}

/** A tag of a registry. */
export interface RegistryTag {
  readonly repository: string;
  readonly tag: string;
}

export type MovingRegistryMessage =
  | { readonly kind: 'start'; readonly options: MovingRegistryOptions }
  | { readonly kind: 'move'; readonly tags: readonly RegistryTag[]; readonly round: number }
  | { readonly kind: 'counts' };

export interface MovingRegistry extends AsyncDisposable {
  readonly host: string;
  /** One an image. */
  readonly digests: readonly string[];
  /** What was counted; starts counting anew. */
  takeCounts(): Promise<MovingRegistryCounts>;
  /** Gives each tag an image of its own; the digests, one a tag. */
  move(tags: readonly RegistryTag[], round: number): Promise<string[]>;
}

/** Starts the registry. */
export async function startMovingRegistry(options: MovingRegistryOptions): Promise<MovingRegistry> {
  const file = fileURLToPath(new URL('moving-registry-process.ts', import.meta.url));
  const child = fork(file, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  async function ask(message: MovingRegistryMessage): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => {
        reject(new Error(`the registry ended with ${String(code)}`));
      };
      child.once('exit', ended);
      child.once('message', (answer) => {
        child.off('exit', ended);
        resolve(answer);
      });
      child.send(message);
    });
  }
  const ready = (await ask({ kind: 'start', options })) as Pick<MovingRegistry, 'host' | 'digests'>;
  return {
    ...ready,
    takeCounts: async () => (await ask({ kind: 'counts' })) as MovingRegistryCounts,
    move: async (tags, round) => (await ask({ kind: 'move', tags, round })) as string[],
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
