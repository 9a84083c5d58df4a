import type { HostConfig, HostConfigSource } from '#src/oci/hosts/config.ts';
import type { WorkRepository } from './work-list.ts';

const noConfig: HostConfig = {};

/**
 * The configuration of hosts for one import: repositories whose importPolicy says `insecure` are not verified, and are
 * asked over plain HTTP where there is no TLS. A secure repository never falls back.
 */
export function insecureHosts(
  repositories: Iterable<WorkRepository>,
  base?: HostConfigSource,
): HostConfigSource {
  const insecure = new Set(
    [...repositories]
      .filter((repository) => repository.insecure)
      .map(({ registry, path }) => `${registry}/${path}`),
  );
  // The client knows a configuration again by its identity, and need not read it anew.
  const made = new Map<string, { readonly from: HostConfig; readonly config: HostConfig }>();
  return {
    async lookup(registry, repository) {
      const config = (await base?.lookup(registry, repository)) ?? noConfig;
      const name = `${registry}/${repository ?? ''}`;
      if (!insecure.has(name)) return config;
      const known = made.get(name);
      if (known?.from === config) return known.config;
      const careless: HostConfig = {
        ...config,
        scheme: 'https-then-http',
        tls: { ...config.tls, insecureSkipVerify: true },
      };
      made.set(name, { from: config, config: careless });
      return careless;
    },
  };
}
