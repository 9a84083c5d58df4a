import { settings, type Setting } from './settings.ts';

/** What to print for `--help`. */
export function usage(command: 'serve' | 'worker'): string {
  const rows = settings
    .filter(({ flag }) => command === 'worker' || flag !== 'queues')
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
