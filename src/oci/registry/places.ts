/** Where a repository is asked for: its mirrors and its registry, as configured at the time. */
import { RegistryBlockedError } from '../errors/network.ts';
import type { HostConfig, HostConfigSource } from '../hosts/config.ts';
import type { NetworkPolicy } from '../net/policy.ts';
import type { RepositoryName } from '../ref/reference.ts';
import type { Call } from './call.ts';
import { endpointsOf, type Endpoint } from './endpoint.ts';

const noConfig: HostConfig = {};

export class Places {
  readonly #name: RepositoryName;
  readonly #network: NetworkPolicy;
  readonly #hosts: HostConfigSource | undefined;
  /** By configuration and kind of question; configurations rarely change. */
  #known: { config: HostConfig; by: Call['by']; endpoints: readonly Endpoint[] } | undefined;
  /** Without configuration there is one endpoint, for ever the same. */
  #only: readonly Endpoint[] | undefined;

  constructor(name: RepositoryName, network: NetworkPolicy, hosts: HostConfigSource | undefined) {
    this.#name = name;
    this.#network = network;
    this.#hosts = hosts;
  }

  /**
   * Those that may be asked such a question, in order; a promise only where the configuration is one.
   * @throws {RegistryBlockedError} when the policy or the configuration allows none
   */
  endpoints(by: Call['by']): readonly Endpoint[] | Promise<readonly Endpoint[]> {
    const { registry, repository } = this.#name;
    if (this.#network.allowRegistry?.(registry) === false) throw blocked(registry);
    if (this.#hosts === undefined)
      return (this.#only ??= endpointsOf(registry, repository, noConfig, by));
    const found = this.#hosts.lookup(registry, repository);
    return found instanceof Promise
      ? found.then((config) => this.#endpointsOf(config, by))
      : this.#endpointsOf(found, by);
  }

  #endpointsOf(config: HostConfig, by: Call['by']): readonly Endpoint[] {
    const { registry, repository } = this.#name;
    if (config.blocked === true) throw blocked(registry);
    if (this.#known?.config === config && this.#known.by === by) return this.#known.endpoints;
    const endpoints = endpointsOf(registry, repository, config, by);
    if (endpoints.length === 0) throw blocked(registry);
    this.#known = { config, by, endpoints };
    return endpoints;
  }
}

export function blocked(registry: string): RegistryBlockedError {
  return new RegistryBlockedError(`registry ${registry} blocked`, { registry });
}
