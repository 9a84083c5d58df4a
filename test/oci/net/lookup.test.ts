import { describe, expect, test } from 'vitest';

import { addressGuard } from '#src/oci/net/guard.ts';
import { guardedLookup, type Resolver } from '#src/oci/net/lookup.ts';

const guard = addressGuard({}, false);

function answering(...addresses: readonly string[]): Resolver {
  return (_hostname, _options, callback) => {
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

function failing(...[, , callback]: Parameters<Resolver>): void {
  callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
}

async function addressesOf(resolver: Resolver): Promise<unknown> {
  return new Promise((resolve, reject) => {
    guardedLookup(guard, resolver)('reg.test', { all: true }, (error, found) => {
      if (error === null) resolve(found);
      else reject(error);
    });
  });
}

describe('B25: the addresses of a name', () => {
  test('are all handed on when all are allowed', async () => {
    await expect(addressesOf(answering('93.184.216.34', '2606:2800::1'))).resolves.toEqual([
      { address: '93.184.216.34', family: 4 },
      { address: '2606:2800::1', family: 6 },
    ]);
  });

  test.for([
    ['one private among public ones', ['93.184.216.34', '10.0.0.1']],
    ['a metadata service at the end', ['93.184.216.34', '169.254.169.254']],
    ['a mapped loopback address', ['::ffff:127.0.0.1']],
    [
      'a private one behind a hundred public ones',
      [...Array<string>(100).fill('93.184.216.34'), '127.0.0.1'],
    ],
    ['none at all', []],
  ] as const)('%s: nothing is dialled', async ([, addresses]) => {
    await expect(addressesOf(answering(...addresses))).rejects.toMatchObject({
      code: 'NET_ADDRESS_REJECTED',
    });
  });

  test('are judged each time: a name that turns to a private address is refused then', async () => {
    const answers = [['93.184.216.34'], ['127.0.0.1']];
    const rebinding: Resolver = (hostname, options, callback) => {
      answering(...(answers.shift() ?? []))(hostname, options, callback);
    };
    await expect(addressesOf(rebinding)).resolves.toHaveLength(1);
    await expect(addressesOf(rebinding)).rejects.toMatchObject({ code: 'NET_ADDRESS_REJECTED' });
  });

  test('are sixteen at most', async () => {
    await expect(
      addressesOf(answering(...Array<string>(1000).fill('93.184.216.34'))),
    ).resolves.toHaveLength(16);
  });

  test('what the resolver cannot say is passed on as it is', async () => {
    await expect(addressesOf(failing)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});
