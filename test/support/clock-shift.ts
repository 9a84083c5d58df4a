/** Minutes, in milliseconds. */
export const minuteMs = 60_000;

const preload = new URL('shifted-clock.ts', import.meta.url).href;

/** Variables with which a program of ours runs on a machine whose clock is `ms` milliseconds ahead; behind where negative. */
export function clockShiftedBy(ms: number): Readonly<Record<string, string>> {
  const options = [process.env['NODE_OPTIONS'] ?? '', `--import=${preload}`].join(' ').trim();
  return { NODE_OPTIONS: options, TEST_CLOCK_SHIFT_MS: String(ms) };
}
