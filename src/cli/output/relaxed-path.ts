import { CliError } from '../errors.ts';

const shape = /^(?:\{\.?([^{}]+)\}|\.?([^{}]+))$/;

/**
 * A path as `--sort-by` and custom columns take it, with or without braces and first dot, as `.metadata.name`.
 * @throws {CliError} for every other form, in kubectl's words
 */
export function relaxedPath(text: string): string {
  const [, inBraces, bare] = shape.exec(text) ?? [];
  const path = inBraces ?? bare;
  if (path === undefined)
    throw new CliError(
      "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
    );
  return `.${path}`;
}
