import type { Command } from 'commander';
import { usageError } from '../errors.ts';
import { jsonText, yamlText } from './documents.ts';

/** Gives a command `-o json` and `-o yaml`. */
export function withFormats(command: Command): Command {
  return command.option('-o, --output <format>', 'json or yaml');
}

/**
 * A value in the format of `-o`.
 * @throws {CliError} when it is neither json nor yaml
 */
export function formatted(value: unknown, format: string): string {
  if (format === 'json') return jsonText(value);
  if (format === 'yaml') return yamlText(value);
  throw usageError(
    `unable to match a printer suitable for the output format "${format}", allowed formats are: json,yaml`,
  );
}
