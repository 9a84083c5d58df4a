/** A name that leads to an allowed address when it is looked at and to another when it is dialled. */
import dns, { type LookupAddress } from 'node:dns';
import { createServer, type Server } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import type { NetworkPolicy } from '#src/oci/net/policy.ts';
import { createClient } from '#src/oci/registry/client.ts';
import type { Client } from '#src/oci/registry/options.ts';

import { plainHttp } from '../support/client.ts';

const allowed = '127.0.0.2';
const victimAddress = '127.0.0.1';

let registry: Server;
let victim: Server;
let port = 0;
let victimConnections = 0;
let location = '';
const lookup = dns.lookup;

beforeAll(async () => {
  registry = await listen(0, allowed);
  port = (registry.address() as AddressInfo).port;
  victim = await listen(port, victimAddress);
  victim.on('connection', () => {
    victimConnections += 1;
  });
});
afterEach(() => {
  dns.lookup = lookup;
  syncBuiltinESMExports();
  location = '';
});
afterAll(() => {
  for (const server of [registry, victim]) server.close();
});

function listen(onPort: number, host: string): Promise<Server> {
  // Each request comes on a connection of its own, so that the name is resolved for each.
  const server = createServer((_request, response) => {
    response.setHeader('connection', 'close');
    if (location === '') response.end('{}');
    else response.writeHead(307, { location }).end();
  });
  return new Promise((resolve) => {
    server.listen(onPort, host, () => resolve(server));
  });
}

/** The system's resolver answers one after the other, then the last again and again. */
function resolver(...answers: readonly (readonly string[])[]): void {
  let asked = 0;
  const answering = (
    _name: string,
    _options: object,
    callback: (error: null, addresses: LookupAddress[]) => void,
  ): void => {
    const addresses = answers[Math.min(asked++, answers.length - 1)] ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  dns.lookup = answering as unknown as typeof dns.lookup;
  syncBuiltinESMExports();
}

function client(network: NetworkPolicy = {}): Client {
  return createClient({
    userAgent: 'test/1',
    hosts: plainHttp,
    retry: { attempts: 1 },
    network: { allowPrivateRegistries: false, addresses: { allow: [allowed] }, ...network },
  });
}

test('each dial is judged by the address it goes to, not by an earlier answer', async () => {
  resolver([allowed], [victimAddress]);
  await using asking = client();
  const name = `rebinding.test:${port}`;
  await expect(asking.ping(name)).resolves.toBeDefined();
  await expect(asking.ping(name)).rejects.toMatchObject({ code: 'NET_ADDRESS_REJECTED' });
  expect(victimConnections).toBe(0);
});

test.for([
  ['among good ones', [allowed, victimAddress]],
  ['as a mapped IPv6 address', ['::ffff:127.0.0.1']],
  ['as an IPv4-compatible IPv6 address', ['::127.0.0.1']],
  ['behind NAT64', ['64:ff9b::7f00:1']],
  ['behind a local NAT64', ['64:ff9b:1::7f00:1']],
  ['behind 6to4', ['2002:7f00:1::1']],
  ['as the address of nobody', ['0.0.0.0']],
  ['as a metadata service', ['169.254.169.254']],
  ['as a metadata service of IPv6', ['fd00:ec2::254']],
] as const)('a forbidden address %s is refused', async ([, addresses]) => {
  resolver(addresses);
  await using asking = client();
  await expect(asking.ping(`hidden.test:${port}`)).rejects.toMatchObject({
    code: 'NET_ADDRESS_REJECTED',
  });
  expect(victimConnections).toBe(0);
});

test.for(['127.0.0.1', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', '0177.0.0.1', '127.1'])(
  'a redirect to %s is refused',
  async (host) => {
    resolver([allowed]);
    location = `http://${host}:${port}/v2/`;
    await using asking = client();
    await expect(asking.ping(`redirecting.test:${port}`)).rejects.toThrow(
      /does not allow|redirect/,
    );
    expect(victimConnections).toBe(0);
  },
);
