import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';

import { AddressRejectedError } from '../errors/network.ts';
import type { AddressGuard } from './guard.ts';

/** A name with more addresses than this is no registry. */
const maxAddresses = 16;

/** Asks for all addresses of a name; the system's resolver outside of tests. */
export type Resolver = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Finds the addresses of a name, and none when the rule forbids one of them. */
export function guardedLookup(
  guard: AddressGuard,
  resolve: Resolver = systemLookup,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      const addresses: readonly LookupAddress[] = found.slice(0, maxAddresses);
      // One forbidden address among good ones is an attempt to get past the rule.
      const bad = found.find(({ address }) => !guard.allows(address));
      const [first] = addresses;
      if (bad !== undefined || first === undefined)
        callback(rejected(hostname, bad?.address ?? ''), '', 0);
      else if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };
}

/** What is said of an address that the rule forbids. */
export function rejected(host: string, address: string): AddressRejectedError {
  const shown = address === host ? '' : ` (${address})`;
  return new AddressRejectedError(
    `the network policy does not allow connections to ${host}${shown}`,
    { host },
  );
}
