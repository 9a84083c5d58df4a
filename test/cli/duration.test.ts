import { expect, test } from 'vitest';
import { parseDuration } from '#src/cli/duration.ts';

test.for([
  ['90s', 90_000],
  ['2h', 7_200_000],
  ['1h30m', 5_400_000],
  ['3d', 259_200_000],
] as const)('%s is %i ms', ([text, ms]) => {
  expect(parseDuration(text)).toBe(ms);
});

test.for(['', '2', 'h', '2 h', '-2h', '1.5h'])('"%s" is no duration', (text) => {
  expect(() => parseDuration(text)).toThrow('is not a duration');
});
