/**
 * Which addresses may be dialled. A name says nothing about where it leads, so the rule is applied to addresses: to
 * literals before a connection, to every answer of the resolver, and to the address that was connected to.
 */
import { isIP, isIPv4, type BlockList } from 'node:net';

import { cidrList, unmapped } from './cidr.ts';
import type { NetworkPolicy } from './policy.ts';

/** Refused wherever they come from: this machine's neighbours, metadata services, and what is no single host. */
const forbidden = cidrList([
  '0.0.0.0/8',
  '169.254.0.0/16',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  'fe80::/10',
  'fd00:ec2::254/128',
  'ff00::/8',
  // Ways into IPv4 that no registry is reached by: a local NAT64 (RFC 8215), Teredo, 6to4, and site-local addresses.
  '64:ff9b:1::/48',
  '2001::/32',
  '2002::/16',
  'fec0::/10',
]);

/** Loopback, RFC 1918, carrier NAT (RFC 6598), benchmarking (RFC 2544), unique local (RFC 4193). */
const privateRanges = cidrList([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '198.18.0.0/15',
  '::1/128',
  'fc00::/7',
]);

export interface AddressGuard {
  /** Equal for guards that allow the same. */
  readonly key: string;
  allows(address: string): boolean;
}

/** True for loopback and private addresses. */
export function isPrivateAddress(address: string): boolean {
  return inList(privateRanges, unmapped(address));
}

/**
 * The rule of a policy.
 * @param trusted true for registries that a user named, false for where they lead us: redirects and token servers
 */
export function addressGuard(policy: NetworkPolicy, trusted: boolean): AddressGuard {
  const { allow = [], deny = [] } = policy.addresses ?? {};
  const allowPrivate = trusted && (policy.allowPrivateRegistries ?? true);
  const key = JSON.stringify([allowPrivate, allow, deny]);
  const known = guards.get(key);
  if (known !== undefined) return known;
  const allowed = cidrList(allow);
  const denied = cidrList(deny);
  const guard: AddressGuard = {
    key,
    allows(written) {
      const address = unmapped(written);
      if (isIP(address) === 0) return false;
      if (inList(allowed, address)) return true;
      if (inList(denied, address) || inList(forbidden, address)) return false;
      return allowPrivate || !inList(privateRanges, address);
    },
  };
  if (guards.size >= maxGuards) guards.clear();
  guards.set(key, guard);
  return guard;
}

/** Policies are few; the same one comes with every call. */
const guards = new Map<string, AddressGuard>();
const maxGuards = 64;

function inList(list: BlockList, address: string): boolean {
  return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}
