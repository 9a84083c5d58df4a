import { settings, type Setting } from './settings.ts';

/** Settings that a server has no use for. */
const ofWorkers: ReadonlySet<string> = new Set(['metrics-listen', 'queues']);

/** What to print for `--help`. */
export function usage(command: 'serve' | 'worker'): string {
  const rows = settings
    .filter(({ flag }) => command === 'worker' || !ofWorkers.has(flag))
    .map((setting: Setting) => {
      const { flag, value, variable, text } = setting;
      return [
        `  --${flag}${value === undefined ? '' : ` ${value}`}`,
        `${text} [${variable}]`,
      ] as const;
    });
  const width = Math.max(...rows.map(([left]) => left.length));
  const lines = rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`);
  return [`usage: sluice ${command} [flags]`, '', ...lines, ''].join('\n');
}
