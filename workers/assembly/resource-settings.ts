import type { ResourceDeps } from '#src/resources/deps.ts';

import type { Config } from '../config.ts';

/** What the settings say of streams and images, the same for those who serve them and those who import. */
export function resourceSettings(
  config: Config,
): Pick<ResourceDeps, 'hosts' | 'allowedRegistries' | 'importMode' | 'retention'> {
  const { registryHostname: internal, externalRegistryHostname: external } = config;
  return {
    hosts: {
      ...(internal === '' ? {} : { internal }),
      ...(external === '' ? {} : { external }),
    },
    allowedRegistries: config.allowedRegistries,
    importMode: config.importMode,
    ...(config.retention === undefined ? {} : { retention: config.retention }),
  };
}
