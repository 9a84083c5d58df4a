import { expect, test } from 'vitest';
import { terminalOutput, type Output, type OutputStream } from '#src/cli/progress.ts';

interface Screen extends OutputStream {
  text: string;
}

function screen(isTTY: boolean): Screen {
  return {
    text: '',
    isTTY,
    columns: 20,
    write(text) {
      this.text += text;
    },
  };
}

/** One terminal for both streams, as people have. */
function terminal(
  isTTY = true,
  term = 'xterm',
): { output: Output; shown: Screen; tick: () => void } {
  const shown = screen(isTTY);
  let now = 0;
  const output = terminalOutput({ out: shown, err: shown }, { TERM: term }, () => now);
  return { output, shown, tick: () => void (now += 100) };
}

const clear = '\r\u001B[2K';

test('on a terminal the line is replaced, cut to the width, and gives way to output', () => {
  const { output, shown, tick } = terminal();
  output.progress('one');
  tick();
  output.progress('two, which is longer than the terminal');
  output.out('done\n');
  output.err('');
  output.progress('');
  expect(shown.text).toBe(`${clear}one${clear}two, which is longe${clear}done\n`);
});

test('on a terminal of unknown width the line is as long as on most', () => {
  const shown = { ...screen(true), columns: 0 };
  const output = terminalOutput({ out: shown, err: shown }, { TERM: 'xterm' }, () => 0);
  output.progress('x'.repeat(100));
  expect(shown.text).toBe(`${clear}${'x'.repeat(79)}`);
});

test('a line that changes too fast is left as it is', () => {
  const { output, shown } = terminal();
  output.progress('one');
  output.progress('two');
  expect(shown.text).toBe(`${clear}one`);
});

test.for([
  ['where nobody looks', false, 'xterm'],
  ['on a terminal that cannot', true, 'dumb'],
] as const)('%s there is no such line', ([, isTTY, term]) => {
  const { output, shown } = terminal(isTTY, term);
  output.progress('one');
  output.out('done\n');
  expect(shown.text).toBe('done\n');
});
