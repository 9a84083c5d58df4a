import type { HostConfigSource } from '#src/oci/hosts/config.ts';
import type { WorkRepository } from './work-list.ts';

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
  return {
    async lookup(registry, repository) {
      const config = (await base?.lookup(registry, repository)) ?? {};
      if (repository === undefined || !insecure.has(`${registry}/${repository}`)) return config;
      return {
        ...config,
        scheme: 'https-then-http',
        tls: { ...config.tls, insecureSkipVerify: true },
      };
    },
  };
}
