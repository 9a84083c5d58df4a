import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';

const load = createRequire(import.meta.url);

/** The YAML library; loaded at the first call, for it would be a quarter of the time that `--help` takes. */
export function yaml(): typeof Yaml {
  return load('yaml') as typeof Yaml;
}
