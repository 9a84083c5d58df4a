import { dockerCfg } from './docker-cfg.ts';
import { dockerConfigJson } from './docker-config-json.ts';
import type { SecretSource } from './secret-source.ts';

/** Every kind of Secret that credentials are read from. */
export const secretSources: readonly SecretSource[] = [dockerConfigJson, dockerCfg];
