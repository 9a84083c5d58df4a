import { createInterface } from 'node:readline/promises';
import type { ReadStream, WriteStream } from 'node:tty';

/** The terminal of this process. */
export interface Terminal {
  readonly input: ReadStream;
  readonly output: WriteStream;
}

/**
 * Asks on the terminal; without one it reads a line of standard input, so that scripts can answer too.
 * @returns `undefined` at the end of the input
 */
export async function ask(
  { input, output }: Terminal,
  question: string,
  isSecret: boolean,
): Promise<string | undefined> {
  output.write(question);
  return isSecret && input.isTTY ? hidden({ input, output }) : line({ input, output });
}

/** What was read of standard input behind the first line, for the next question. */
let rest: string | undefined;

async function line({ input, output }: Terminal): Promise<string | undefined> {
  if (input.isTTY) {
    const reader = createInterface({ input, output });
    try {
      return await reader.question('');
    } finally {
      reader.close();
    }
  }
  if (rest === undefined) {
    const chunks: Buffer[] = [];
    for await (const chunk of input) chunks.push(chunk as Buffer);
    rest = Buffer.concat(chunks).toString('utf8');
  }
  if (rest === '') {
    // What is said next would stand behind the question.
    output.write('\n');
    return undefined;
  }
  const [first = ''] = rest.split('\n', 1);
  rest = rest.slice(first.length + 1);
  return first.replace(/\r$/, '');
}

const enter = /[\r\n]/;
const [interrupt, end, backspace, deleted] = ['\u0003', '\u0004', '\b', '\u007f'];

/** Nothing of what is typed is shown. */
async function hidden({ input, output }: Terminal): Promise<string | undefined> {
  input.setRawMode(true).setEncoding('utf8').resume();
  try {
    return await new Promise((resolve) => {
      let typed = '';
      const finish = (answer: string | undefined): void => {
        input.off('data', onData);
        resolve(answer);
      };
      function onData(chunk: string): void {
        for (const character of chunk) {
          if (character === interrupt || character === end) return finish(undefined);
          if (enter.test(character)) return finish(typed);
          typed =
            character === backspace || character === deleted
              ? Array.from(typed).slice(0, -1).join('')
              : typed + character;
        }
      }
      input.on('data', onData);
    });
  } finally {
    input.setRawMode(false).pause();
    output.write('\n');
  }
}
