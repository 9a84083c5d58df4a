import { parseDuration } from './duration.ts';
import type { Flag } from './settings.ts';

/** A flag or variable that cannot be used; the message is one line for the user. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'BadSetting';
}

/** What was said of a setting. */
export interface Given {
  /** As the user wrote it: `--workers` or `SLUICE_WORKERS`. */
  readonly source: string;
  readonly value: string;
}

/** Everything that was said, by setting. */
export type Values = ReadonlyMap<Flag, Given>;

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {ConfigError} when the value is none of those allowed */
export function oneOf<T extends string>(
  values: Values,
  flag: Flag,
  allowed: readonly T[],
): T | undefined {
  const given = values.get(flag);
  if (given === undefined) return undefined;
  const found = allowed.find((each) => each === given.value);
  if (found === undefined) throw bad(given, `one of ${allowed.join(', ')}`);
  return found;
}

/** Milliseconds. @throws {ConfigError} when it is no duration of a second or more */
export function durationOf(values: Values, flag: Flag, byDefault: number): number {
  const given = values.get(flag);
  if (given === undefined) return byDefault;
  const ms = parseDuration(given.value);
  if (ms === undefined || ms < 1_000)
    throw bad(given, 'a duration of at least 1s, such as 15m or 1h30m');
  return ms;
}

/** What stands between commas, without the blanks around it. */
export function partsOf(value: string): string[] {
  return value.split(',').map((part) => part.trim());
}

/** The error for a value that cannot be used; not for values that may hold a secret. */
export function bad({ source, value }: Given, expected: string): ConfigError {
  return new ConfigError(`${source} is ${JSON.stringify(value)}; expected ${expected}`);
}
