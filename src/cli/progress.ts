import { setInterval } from 'node:timers';
import type { Session } from './session.ts';

/** What the output needs of `process.stdout` and `process.stderr`. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A terminal with one line at its end that says what is going on; whatever else is printed takes its place. */
export type Output = Pick<Session, 'out' | 'err' | 'progress'>;

const clearLine = '\r\u001B[2K';
/** A line that changes more often cannot be read. */
const pauseMs = 100;

/** @param now milliseconds */
export function terminalOutput(
  streams: { readonly out: OutputStream; readonly err: OutputStream },
  env: Readonly<Record<string, string | undefined>>,
  now: () => number,
): Output {
  const { out, err } = streams;
  const isShown = err.isTTY === true && env['TERM'] !== 'dumb';
  let current = '';
  let changedAt = -Infinity;
  const clear = (): void => {
    if (current !== '') err.write(clearLine);
    current = '';
  };
  const print = (stream: OutputStream) => (text: string) => {
    if (text === '') return;
    clear();
    stream.write(text);
  };
  return {
    out: print(out),
    err: print(err),
    progress(text) {
      if (!isShown) return;
      if (text === '') {
        clear();
        return;
      }
      if (current !== '' && now() - changedAt < pauseMs) return;
      changedAt = now();
      current = text.slice(0, widthOf(err) - 1);
      err.write(clearLine + current);
    },
  };
}

/** A terminal that does not know its width says 0. */
function widthOf({ columns = 0 }: OutputStream): number {
  return columns > 1 ? columns : 80;
}

/** Says every second how long something takes that tells nothing until it is done. */
export async function whileWaiting<T>(
  session: Session,
  text: string,
  work: () => Promise<T>,
): Promise<T> {
  const begun = session.now();
  const timer = setInterval(() => {
    session.progress(`${text} … ${Math.round((session.now() - begun) / 1000)}s`);
  }, 1000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    session.progress('');
  }
}
