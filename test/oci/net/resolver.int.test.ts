/** The system's resolver fails, or answers with more than anybody needs; what it leads to is real. */
import dns, { type LookupAddress } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

import { afterEach, expect, test } from 'vitest';

import { emptyStats } from '#src/oci/content/types.ts';

import { failureOf, testClient } from '../support/client.ts';
import { startFake, type FakeRegistry } from '../support/fake-registry.ts';

type Callback = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;

const lookup = dns.lookup;

afterEach(() => {
  dns.lookup = lookup;
  syncBuiltinESMExports();
});

/** Counts the questions. */
function resolver(answer: (callback: Callback, number: number) => void): { asked: number } {
  const count = { asked: 0 };
  const answering = (_name: string, _options: object, callback: Callback): void => {
    count.asked += 1;
    answer(callback, count.asked);
  };
  dns.lookup = answering as unknown as typeof dns.lookup;
  syncBuiltinESMExports();
  return count;
}

function fail(callback: Callback, code: string): void {
  callback(Object.assign(new Error(`queryA ${code} registry.test`), { code }), []);
}

function addresses(...those: readonly string[]): LookupAddress[] {
  return those.map((address) => ({ address, family: 4 }));
}

function nameOf({ host }: FakeRegistry): string {
  return `registry.test:${host.split(':')[1]}/acme/app`;
}

test.for(['ESERVFAIL', 'EAI_AGAIN'])('H67: %s is asked about three times', async (code) => {
  const questions = resolver((callback) => {
    fail(callback, code);
  });
  await using client = testClient();

  const failure = await failureOf(client.repository('registry.test/acme/app').resolve('v1'));

  expect(failure).toMatchObject({ code: 'DNS', retryable: true });
  expect(failure.message).toContain('registry.test');
  expect(questions.asked).toBe(3);
});

test('H67: a name that does not exist is asked about once', async () => {
  const questions = resolver((callback) => {
    fail(callback, 'ENOTFOUND');
  });
  await using client = testClient();

  const failure = await failureOf(client.repository('registry.test/acme/app').resolve('v1'));

  expect(failure).toMatchObject({ code: 'DNS', retryable: false });
  expect(questions.asked).toBe(1);
});

test('H67: a resolver that comes back costs a retry', async () => {
  await using registry = await startFake();
  resolver((callback, number) => {
    if (number === 1) fail(callback, 'EAI_AGAIN');
    else callback(null, addresses('127.0.0.1'));
  });
  await using client = testClient();
  const stats = emptyStats();

  await client.repository(nameOf(registry)).resolve('v1', { stats });

  expect(stats.retries).toBe(1);
  expect(registry.methods()).toEqual(['HEAD']);
});

test('H67: a resolver that never answers is waited for no longer than connectMs', async () => {
  resolver(() => undefined);
  await using client = testClient({ limits: { connectMs: 200 }, retry: { attempts: 1 } });

  const failure = await failureOf(client.repository('registry.test/acme/app').resolve('v1'));

  expect(failure).toMatchObject({ code: 'TIMEOUT', phase: 'dns' });
});

/** Nobody listens there. */
const dead = Array.from({ length: 1000 }, (_, index) => `127.7.${index >> 8}.${(index % 250) + 1}`);

test('H67: of a thousand addresses sixteen are tried', async () => {
  await using registry = await startFake();
  const resolve = async (...those: readonly string[]): Promise<unknown> => {
    resolver((callback) => {
      callback(null, addresses(...those));
    });
    await using client = testClient({ retry: { attempts: 1 } });
    return await client.repository(nameOf(registry)).resolve('v1');
  };

  expect(await failureOf(resolve(...dead, '127.0.0.1'))).toMatchObject({ code: 'CONNECT' });
  expect(registry.connections()).toBe(0);

  await expect(resolve(...dead.slice(0, 15), '127.0.0.1')).resolves.toMatchObject({
    kind: 'resolved',
  });
});
