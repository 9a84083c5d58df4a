import { createClient } from '#src/oci/registry/client.ts';
import type { ClientEvent } from '#src/oci/events.ts';
import type { Client } from '#src/oci/registry/options.ts';
import type { Logger } from '#src/lib/logger.ts';

import type { Config } from '../config.ts';
import { productVersion } from './version.ts';

/** The client with which this process asks registries; pull secrets are added for each import. */
export async function registryClient(config: Config, logger: Logger): Promise<Client> {
  const { addresses, allowPrivateRegistries, proxy, registries, trustedRealms, workers } = config;
  const perHost = Math.max(workers, minPerHost);
  return createClient({
    userAgent: `sluice/${await productVersion()}`,
    network: {
      allowPrivateRegistries,
      ...(addresses !== undefined && { addresses }),
      proxy,
      ...(trustedRealms !== undefined && { realm: { trusted: trustedRealms } }),
    },
    lanes: {
      concurrencyPerHost: perHost,
      connectionsPerOrigin: perHost,
      ...(registries !== undefined && { perHost: registries.perHost }),
    },
    onEvent: (event) => report(event, logger),
  });
}

/**
 * Requests under way at one registry, each on a connection of its own. Eight keep a registry on the same machine busy; at
 * a distance of 20 ms a thousand checks and their tokens would take more than three seconds with so few.
 */
const minPerHost = 12;

function report(event: ClientEvent, logger: Logger): void {
  switch (event.type) {
    case 'blocked':
    case 'warning': {
      const { type, ...data } = event;
      logger.warn(type === 'blocked' ? 'a request was refused' : 'a registry warns', data);
      return;
    }
    case 'request':
    case 'token':
    case 'rate': {
      const { type, ...data } = event;
      logger.debug(`registry ${type}`, data);
    }
  }
}
