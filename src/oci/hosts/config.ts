import type { ProxySettings } from '../net/policy.ts';

/** What is known about a registry before it is asked. */
export interface HostConfig {
  /** `host[:port]` to connect to instead of the registry's own name. */
  readonly endpoint?: string;
  /** Default https. `https-then-http` is for registries configured insecure: plain HTTP where there is no TLS. */
  readonly scheme?: Scheme;
  /** Stands before `/v2/`: `/artifactory/api/docker/local`. */
  readonly pathPrefix?: string;
  /** Asked in order before the registry itself. */
  readonly mirrors?: readonly MirrorConfig[];
  readonly neverContactSource?: boolean;
  readonly blocked?: boolean;
  readonly tls?: TlsConfig;
  /** Instead of the network policy's; an empty one means none. */
  readonly proxy?: ProxySettings;
  /** Sent with every request to the registry, never elsewhere. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly profile?: Partial<HostProfile>;
}

export type Scheme = 'https' | 'http' | 'https-then-http';

export interface MirrorConfig {
  /** `host[:port]`. */
  readonly endpoint: string;
  /** The repository there; default the same. */
  readonly repository?: string;
  readonly pullFromMirror: 'all' | 'digest-only' | 'tag-only';
  /** Adds `?ns=<registry>`, as containerd's mirrors understand it. */
  readonly sendNs?: boolean;
  readonly scheme?: Scheme;
  readonly pathPrefix?: string;
  readonly tls?: TlsConfig;
  readonly proxy?: ProxySettings;
}

/** PEM texts. */
export interface TlsConfig {
  /** Trusted besides the system's authorities. */
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
  readonly insecureSkipVerify?: boolean;
  readonly serverName?: string;
}

/** Finds a registry's configuration; asked once a call. */
export interface HostConfigSource {
  lookup(registry: string, repository?: string): Promise<HostConfig> | HostConfig;
}

/** How a registry differs from the specification, and what it charges for. */
export interface HostProfile {
  /** The cheapest question whether a tag has moved. */
  readonly tagCheck: 'head' | 'conditional-get' | 'get';
  /** False: HEAD answers cannot be believed, GET is used instead. */
  readonly headReliable: boolean;
  /** False: a Docker-Content-Digest that contradicts the bytes is ignored. */
  readonly digestHeaderReliable: boolean;
  /** When tokens are asked for by an OAuth 2 POST. */
  readonly oauthPost: 'prefer' | 'never' | 'identity-only';
  /** True: Basic credentials are sent without waiting for a challenge. */
  readonly preemptiveAuth: boolean;
  /** Requests a second and how many may come at once; none by default. */
  readonly ratePerSecond?: number;
  readonly burst?: number;
  /** `n` of a question for tags; by default the registry chooses how many a page has. */
  readonly tagPageSize?: number;
  /** Finds the pause in the text of a 429 that has no `Retry-After`, as its first group. */
  readonly pauseInText?: RegExp;
}
