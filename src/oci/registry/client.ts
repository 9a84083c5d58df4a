import { noCredentials } from '../auth/chain.ts';
import type { CallOptions } from '../content/types.ts';
import { Operation } from '../net/operation.ts';
import {
  makeReference,
  isRepository,
  parseReference,
  parseRegistry,
  type Reference,
  type RepositoryName,
} from '../ref/reference.ts';
import { InvalidReferenceError } from '../errors/content.ts';
import { cleanText } from '../text.ts';
import { Core } from './core.ts';
import type { Client, ClientOptions, IdentityOptions, PingResult } from './options.ts';
import { ping } from './ping.ts';
import { RemoteRepository } from './repository.ts';
import { Session } from './session.ts';
import type { Repository } from './types.ts';

export type { Client, ClientOptions, IdentityOptions, PingResult } from './options.ts';

/** A client of OCI registries: one a process, `with` for each identity. */
export function createClient(options: ClientOptions): Client {
  return new RegistryClient(new Core(options), options, true);
}

class RegistryClient implements Client {
  readonly #core: Core;
  readonly #identity: IdentityOptions;
  readonly #ownsCore: boolean;

  constructor(core: Core, identity: IdentityOptions, ownsCore: boolean) {
    this.#core = core;
    this.#identity = identity;
    this.#ownsCore = ownsCore;
  }

  repository(reference: string | RepositoryName): Repository {
    const parsed = typeof reference === 'string' ? parseReference(reference) : checked(reference);
    return new RemoteRepository(this.#session(parsed), parsed);
  }

  async ping(registry: string, options: CallOptions = {}): Promise<PingResult> {
    const session = this.#session({ registry: parseRegistry(registry), repository: '' });
    const operation = new Operation(options, this.#core.limits);
    return await ping(session, operation);
  }

  with(options: IdentityOptions): Client {
    return new RegistryClient(this.#core, { ...this.#identity, ...options }, false);
  }

  async close(): Promise<void> {
    if (this.#ownsCore) await this.#core.transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #session(name: RepositoryName): Session {
    const { credentials = noCredentials, hosts, network = {}, tokenGroups } = this.#identity;
    const { registry, repository } = name;
    return new Session({
      core: this.#core,
      name: { registry, repository },
      credentials,
      hosts,
      network,
      tokenGroup: tokenGroups?.(name),
    });
  }
}

function checked(name: RepositoryName): Reference {
  if (!isRepository(name.repository))
    throw new InvalidReferenceError(`invalid repository "${cleanText(name.repository, 120)}"`);
  const { tag, digest } = name as Partial<Reference>;
  return makeReference(
    { registry: parseRegistry(name.registry), repository: name.repository },
    tag,
    digest,
  );
}
