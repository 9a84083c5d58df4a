/** What the network rules let a registry do to us. */
export interface NetworkPolicy {
  /** False blocks a registry before any request; default: all are allowed. */
  allowRegistry?(host: string): boolean;
  /**
   * Whether a registry may have a loopback or private address; default true. Link-local, metadata, multicast and
   * unspecified addresses are refused in any case, unless `addresses.allow` has them.
   */
  readonly allowPrivateRegistries?: boolean;
  /** CIDRs, checked when a connection is made; `deny` wins over everything but `allow`. */
  readonly addresses?: { readonly deny?: readonly string[]; readonly allow?: readonly string[] };
  readonly realm?: RealmPolicy;
  /**
   * Where content may be redirected to. Default `public`: any public address, and private ones when the registry
   * itself has one. `any` adds private ones for all; a list names hosts, `*.example.com` for everything below.
   */
  readonly redirectHosts?: 'public' | 'any' | readonly string[];
  readonly proxy?: ProxySettings;
}

/** As the environment variables of the same names; `noProxy` knows hosts, suffixes, ports, addresses and CIDRs. */
export interface ProxySettings {
  readonly http?: string;
  readonly https?: string;
  readonly noProxy?: string;
}

/** Whether a token server may see a registry's credentials. */
export type RealmDecision = 'send-credentials' | 'anonymous-only' | 'reject';

export interface RealmPolicy {
  /** Registry host to further hosts of token servers that may see its credentials. */
  readonly trusted?: Readonly<Record<string, readonly string[]>>;
  /** Decides instead of the built-in rule; scheme and address are checked all the same. */
  decide?(registry: URL, realm: URL): RealmDecision;
}
