import { createClient } from '#src/oci/registry/client.ts';
import type { ClientEvent } from '#src/oci/events.ts';
import { namedProfile } from '#src/oci/hosts/profiles.ts';
import type { LaneOptions } from '#src/oci/net/lane-options.ts';
import type { Client } from '#src/oci/registry/options.ts';
import type { Logger } from '#src/lib/logger.ts';

import type { Config } from '../config.ts';
import type { RegistryBudget } from '../registry-budget.ts';
import { productVersion } from './version.ts';

export interface RegistryClientParts {
  /** What this process shares with others; nothing when absent. */
  readonly budget?: RegistryBudget;
  /** Hears what the client does, for metrics. */
  readonly observe?: (event: ClientEvent) => void;
}

/** Requests under way at one registry from all processes together, where the settings name none. */
const totalPerHost = 32;

/** What all processes together may ask of a host, by its settings and by what is known of it. */
export function limitsOf(
  { registries }: Pick<Config, 'registries'>,
  host: string,
): { readonly rate?: number; readonly inFlight: number } {
  const own = registries?.perHost[host];
  const rate = own?.ratePerSecond ?? namedProfile(knownName(host))?.ratePerSecond;
  const inFlight = own?.concurrencyPerHost ?? totalPerHost;
  return { inFlight, ...(rate === undefined ? {} : { rate }) };
}

/** The client with which this process asks registries; pull secrets are added for each import. */
export async function registryClient(
  config: Config,
  logger: Logger,
  { budget, observe }: RegistryClientParts = {},
): Promise<Client> {
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
      totalPerHost,
      ...(registries !== undefined && { perHost: withTotals(registries.perHost) }),
    },
    ...(budget === undefined ? {} : { shared: budget, lessons: budget.lessons }),
    onEvent: (event) => {
      budget?.observe(event);
      observe?.(event);
      report(event, logger);
    },
  });
}

/**
 * Requests under way at one registry, each on a connection of its own. Eight keep a registry on the same machine busy; at
 * a distance of 20 ms a thousand checks and their tokens would take more than three seconds with so few.
 */
const minPerHost = 12;

/** What is set for a registry is for all processes together. */
function withTotals(
  perHost: NonNullable<LaneOptions['perHost']>,
): NonNullable<LaneOptions['perHost']> {
  return Object.fromEntries(
    Object.entries(perHost).map(([host, lane]) => [
      host,
      {
        ...lane,
        ...(lane.concurrencyPerHost === undefined ? {} : { totalPerHost: lane.concurrencyPerHost }),
      },
    ]),
  );
}

function knownName(host: string): string {
  return host === 'registry-1.docker.io' ? 'docker.io' : host;
}

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
    case 'rate':
    case 'paused': {
      const { type, ...data } = event;
      logger.debug(`registry ${type}`, data);
    }
  }
}
