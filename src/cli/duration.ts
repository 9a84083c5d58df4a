import { usageError } from './errors.ts';

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * Milliseconds of `90s`, `30m`, `2h`, `3d`, `1w` or several in a row (`1h30m`).
 * @throws {CliError} when it is none
 */
export function parseDuration(text: string): number {
  if (!/^(?:\d+[smhdw])+$/.test(text))
    throw usageError(`"${text}" is not a duration; write it as 90s, 30m, 2h, 3d or 1w`);
  return [...text.matchAll(/(\d+)([smhdw])/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (unitMs[unit] ?? 0),
    0,
  );
}
