import { BlockList, isIP, isIPv4 } from 'node:net';

/**
 * A list of CIDRs and single addresses.
 * @throws {Error} when one of them cannot be read
 */
export function cidrList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (isIP(address) === 0) throw new Error(`"${range}" is no CIDR`);
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

/** The IPv4 address inside an IPv4-mapped, IPv4-compatible or NAT64 IPv6 address, else the address itself. */
export function unmapped(address: string): string {
  const bare = address.startsWith('[') ? address.slice(1, -1) : address;
  if (!bare.includes(':')) return bare;
  const canonical = URL.parse(`http://[${bare}]/`)?.hostname.slice(1, -1) ?? bare;
  const match = /^(?:::ffff:|::|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/u.exec(canonical);
  if (match === null) return canonical;
  const high = Number.parseInt(match[1] ?? '0', 16);
  const low = Number.parseInt(match[2] ?? '0', 16);
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}
