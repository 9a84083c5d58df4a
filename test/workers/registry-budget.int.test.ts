/** Two processes' worth of workers on one record: what one learns of a registry, the other minds. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { makeImage } from '#fixtures/make.ts';
import { distinctImage } from '#fixtures/many.ts';
import { PushTarget } from '#fixtures/push.ts';
import { createImporter } from '#src/importer/create-importer.ts';
import type { Importer } from '#src/importer/importer.ts';
import { createSharedContent } from '#src/importer/shared-content.ts';
import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import { contextWith } from '#test/importer/support.ts';
import { startCountingProxy, type CountingProxy } from '#test/support/counting-proxy.ts';
import { sql, startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';
import { startRegistry, type Registry } from '#test/support/services/registry.ts';
import { registryClient } from '#workers/assembly/registry-client.ts';
import { readConfig } from '#workers/config.ts';
import { RegistryBudget } from '#workers/registry-budget.ts';

let database: TestDatabase;
let registry: Registry;
let proxy: CountingProxy;
let push: PushTarget;
let record: RecordDatabase;
let stack: AsyncDisposableStack;

beforeAll(async () => {
  [database, registry] = await Promise.all([startTestDatabase(), startRegistry()]);
  proxy = await startCountingProxy(registry.url);
  push = new PushTarget(registry.url);
  await push.pushImage('acme/app', ['v1'], distinctImage('v1'));
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await Promise.all([database.stop(), registry[Symbol.asyncDispose]()]);
});
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const connection = await database.createDatabase();
  record = stack.use(await openRecord({ connection, logger: silentLogger }));
  proxy.reset();
  proxy.latencyMs = 0;
});
afterEach(async () => {
  await stack.disposeAsync();
});

/** More than a busy machine needs. */
const wait = { timeout: 10_000 };

interface OneProcess {
  readonly budget: RegistryBudget;
  readonly importer: Importer;
}

/** With connections of its own, as a process has. */
async function startProcess(logger = silentLogger): Promise<OneProcess> {
  const { connection } = record;
  const own = stack.use(await openRecord({ connection, logger: silentLogger, cacheReads: false }));
  const budget = stack.use(
    await RegistryBudget.open({
      registries: own.registries,
      process: randomUUID(),
      limitsOf: () => ({ inFlight: 32 }),
      logger,
      everyMs: 50,
    }),
  );
  const client = stack.use(await registryClient(readConfig([], {}), silentLogger, { budget }));
  const importer = createImporter({
    client,
    logger: silentLogger,
    clock: systemClock,
    cache: createSharedContent(own.contents),
    isLeftAlone: (host) => budget.isLeftAlone(host),
    onStranger: (host) => budget.strangerAt(host),
  });
  return { budget, importer };
}

function item(tag: string): { from: string; importPolicy: { insecure: true } } {
  return { from: `${proxy.host}/acme/app:${tag}`, importPolicy: { insecure: true } };
}

/** The digest that an import of a tag comes to; undefined when it fails. */
async function imported(tag: string, by: OneProcess): Promise<string | undefined> {
  const [outcome] = await by.importer.importImages([item(tag)], contextWith([]));
  return outcome?.image?.metadata.name;
}

describe('a registry that says stop', () => {
  test('is left alone by every process until then', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    const [before] = await two.importer.check([item('v1')], contextWith([]));
    expect(before).toMatchObject({ kind: 'changed' });
    const headers = { 'retry-after': '30' };
    const heal = proxy.inject({ fault: { kind: 'status', status: 429, headers } });
    expect(await one.importer.check([item('v1')], contextWith([]))).toEqual([
      { kind: 'postponed' },
    ]);
    heal();
    await vi.waitFor(() => expect(two.budget.isLeftAlone(proxy.host)).toBe(true));
    const asked = proxy.requests.length;
    expect(await two.importer.check([item('v1')], contextWith([]))).toEqual([
      { kind: 'postponed' },
    ]);
    // People are told, and the registry is not asked either.
    const [outcome] = await two.importer.importImages([item('v1')], contextWith([]));
    expect(outcome).toMatchObject({ status: { status: 'Failure' }, temporary: true });
    expect(proxy.requests.length).toBe(asked);
    const [state] = await record.registries.list([proxy.host]);
    expect(state!.blockedUntil - state!.readAt).toBeGreaterThan(20_000);
  });

  test('by its silence is left alone by the schedule, and asked by people', async () => {
    const { budget, importer } = await startProcess();
    const heal = proxy.inject({ fault: { kind: 'status', status: 500 } });
    const tags = Array.from({ length: 4 }, (_, index) => item(`t${index}`));
    await importer.check(tags, contextWith([]));
    expect(budget.isLeftAlone(proxy.host)).toBe(true);
    heal();
    expect(await importer.check([item('v1')], contextWith([]))).toEqual([{ kind: 'postponed' }]);
    const [outcome] = await importer.importImages([item('v1')], contextWith([]));
    expect(outcome!.status.status).toBe('Success');
    await budget.flush();
    expect(budget.isLeftAlone(proxy.host)).toBe(false);
  });
});

test('a registry without TLS that many ask at once for the first time is not taken for a silent one', async () => {
  const warn = vi.fn<() => void>();
  const { importer } = await startProcess({ ...silentLogger, warn });
  // So that no answer comes between the failures to speak TLS.
  proxy.latencyMs = 300;
  const outcomes = await Promise.all(
    Array.from({ length: 12 }, async () => importer.importImages([item('v1')], contextWith([]))),
  );
  for (const [outcome] of outcomes) expect(outcome!.status.status).toBe('Success');
  expect(warn).not.toHaveBeenCalled();
});

test('a host where something else than a registry answers is shown, and left alone by the schedule', async () => {
  const { budget, importer } = await startProcess();
  const headers = { 'content-type': 'text/html' };
  proxy.inject({ fault: { kind: 'status', status: 200, headers, body: '<html>Sign in</html>' } });
  const tags = Array.from({ length: 12 }, (_, index) => item(`t${index}`));
  await importer.check(tags, contextWith([]));
  await budget.flush();
  expect(budget.isLeftAlone(proxy.host)).toBe(true);
  const [state] = await record.registries.list([proxy.host]);
  expect(state).toMatchObject({ reason: 'what answers there is no registry', blockedUntil: 0 });
  expect(state!.heldUntil).toBeGreaterThan(state!.readAt);
});

describe('a quota that is nearly used up', () => {
  test('is left to people', async () => {
    const { budget, importer } = await startProcess();
    const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '9;w=21600' };
    proxy.inject({ method: 'HEAD', fault: { kind: 'status', status: 404, headers } });
    await importer.check([item('none')], contextWith([]));
    await budget.flush();
    expect(budget.isLeftAlone(proxy.host)).toBe(true);
    expect(await record.registries.list([proxy.host])).toMatchObject([
      { blockedUntil: 0, quota: { limit: 100, remaining: 9, windowSeconds: 21_600 } },
    ]);
    const [outcome] = await importer.importImages([item('v1')], contextWith([]));
    expect(outcome!.status.status).toBe('Success');
  });
});

/** More at one time than may be in flight, each of them slow. */
async function crowd(by: OneProcess): Promise<void> {
  proxy.latencyMs = 400;
  const tags = Array.from({ length: 40 }, (_, index) => item(`none${index}`));
  const context = { ...contextWith([]), priority: 10 };
  await by.importer.importImages(tags, context).finally(() => {
    proxy.latencyMs = 0;
  });
}

describe('people who wait for their turns', () => {
  test('have all turns of those who left, and these come back one at a time until all know', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    const asking = (): number[] => [one, two].map(({ budget }) => budget.processes(proxy.host));
    for (const each of [one, two]) {
      await each.importer.check([item('v1')], contextWith([]));
      await each.budget.flush();
    }
    await vi.waitFor(() => expect(asking()).toEqual([2, 2]), wait);
    const end = one.budget.waits(proxy.host);
    // The other cannot know what the first makes of it.
    await vi.waitFor(() => expect(asking()).toEqual([1, 32]), wait);
    await two.importer.importImages([item('v1')], contextWith([]));
    await vi.waitFor(() => expect(asking()).toEqual([2, 2]), wait);
    end();
  });

  test('are before what others check, and not before what others import', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    for (const each of [one, two]) {
      await each.importer.check([item('v1')], contextWith([]));
      await each.budget.flush();
    }
    const waiting = crowd(one);
    await vi.waitFor(() => expect(two.budget.isLeftAlone(proxy.host)).toBe(true), wait);
    // Also what has got past that already.
    expect(two.budget.blockedUntil(proxy.host, -1)).toBeGreaterThan(Date.now());
    const check = two.importer.check([item('v1')], { ...contextWith([]), priority: -1 });
    expect(await check).toEqual([{ kind: 'postponed' }]);
    const [outcome] = await two.importer.importImages([item('v1')], contextWith([]));
    expect(outcome!.status.status).toBe('Success');
    await waiting;
    const [state] = await record.registries.list([proxy.host]);
    expect(state).toMatchObject({ blockedUntil: 0, heldUntil: 0 });
  });

  test('cost nothing where nobody else asks the host', async () => {
    const one = await startProcess();
    await one.importer.check([item('v1')], contextWith([]));
    await crowd(one);
    const [state] = await record.registries.list([proxy.host]);
    expect(state).toMatchObject({ processes: 1, peopleUntil: 0 });
    expect(one.budget.isLeftAlone(proxy.host)).toBe(false);
  });
});

describe('what one process has fetched', () => {
  test('another does not fetch again, once the registry has shown it the digest', async () => {
    const image = distinctImage('shared');
    await push.pushImage('acme/app', ['shared'], image);
    const one = await startProcess();
    await one.importer.importImages([item('shared')], contextWith([]));
    const two = await startProcess();
    // Its manifest and its configuration; both are recorded behind the import.
    for (const digest of [image.digest, image.blobs[0]!.digest]) {
      const key = { registry: proxy.host, repository: 'acme/app', digest };
      await vi.waitFor(async () => expect(await record.contents.get(key)).toBeDefined());
    }
    proxy.reset();
    const [answer] = await two.importer.check([item('shared')], contextWith([]));
    if (answer?.kind !== 'changed') throw new Error('it is new to this one');
    const { digest, mediaType, size, toldTo } = answer;
    const at = { digest, mediaType, size, ...(toldTo === undefined ? {} : { toldTo }) };
    const [outcome] = await two.importer.importImages([{ ...item('shared'), at }], contextWith([]));
    expect(outcome).toMatchObject({ image: { metadata: { name: image.digest } } });
    expect([proxy.count('HEAD'), proxy.count('GET')]).toEqual([1, 0]);
  });

  test('or is fetching, another waits for; one that fetches and fails leaves it to the other', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    const image = distinctImage('at once');
    await push.pushImage('acme/app', ['a', 'b', 'c', 'd'], image);
    // Each is told how the host wants to be asked.
    for (const each of [one, two]) await each.importer.check([item('a')], contextWith([]));
    const config = new RegExp(`/blobs/${image.blobs[0]!.digest}`, 'u');
    const all = [imported('a', one), imported('b', one), imported('c', two), imported('d', two)];
    expect(await Promise.all(all)).toEqual(Array.from({ length: 4 }, () => image.digest));
    expect(proxy.count('GET', config)).toBe(1);

    const other = distinctImage('fails at first');
    await push.pushImage('acme/app', ['e', 'f'], other);
    const path = new RegExp(`/blobs/${other.blobs[0]!.digest}`, 'u');
    proxy.inject({ path, times: 1, fault: { kind: 'status', status: 404 } });
    const outcomes = await Promise.all([imported('e', one), imported('f', two)]);
    expect(outcomes.filter((name) => name === other.digest)).toHaveLength(1);
    expect(proxy.count('GET', path)).toBe(2);
  });

  test('one that took it upon itself and died keeps people for a moment only', async () => {
    const { importer } = await startProcess();
    const image = distinctImage('orphaned');
    await push.pushImage('acme/app', ['orphaned'], image);
    const { digest } = image.blobs[0]!;
    await record.contents.claim({ registry: proxy.host, repository: 'acme/app', digest });
    const context = { ...contextWith([]), priority: 10 };
    const [outcome] = await importer.importImages([item('orphaned')], context);
    expect(outcome).toMatchObject({ image: { metadata: { name: image.digest } } });
  });

  test('of how a host wants to be asked, another begins with', async () => {
    const one = await startProcess();
    await one.importer.check([item('v1')], contextWith([]));
    await one.budget.flush();
    const two = await startProcess();
    proxy.reset();
    await two.importer.check([item('v1')], contextWith([]));
    // No attempt at TLS on a host that speaks plain HTTP, and no anonymous probe.
    expect(proxy.requests.map(({ method }) => method)).toEqual(['HEAD']);
    expect(proxy.sockets.accepted).toBe(1);
  });
});

describe('what one process learns of a host, another that runs already does not find out again:', () => {
  test('that it speaks plain HTTP and wants no credentials', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    await one.importer.check([item('v1')], contextWith([]));
    const learned: string[] = [];
    two.budget.lessons.follow((key) => learned.push(key));
    await vi.waitFor(
      () => expect(learned).toEqual(expect.arrayContaining([proxy.host, `http://${proxy.host}`])),
      wait,
    );
    proxy.reset();
    await two.importer.check([item('v1')], contextWith([]));
    expect(proxy.requests.map(({ method }) => method)).toEqual(['HEAD']);
    expect(proxy.sockets.accepted).toBe(1);
  });

  test('that its HEAD cannot be believed', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    proxy.inject({ method: 'HEAD', fault: { kind: 'status', status: 405 } });
    const learned: string[] = [];
    two.budget.lessons.follow((key) => learned.push(key));
    await one.importer.check([item('v1')], contextWith([]));
    await vi.waitFor(() => expect(learned).toContain(`head ${proxy.host}`), wait);
    proxy.reset();
    const [answer] = await two.importer.check([item('v1')], contextWith([]));
    expect(answer).toMatchObject({ kind: 'changed' });
    expect(proxy.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  test('and what is told again is told once', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    const learned: string[] = [];
    two.budget.lessons.follow((key) => learned.push(key));
    await one.importer.check([item('v1')], contextWith([]));
    await vi.waitFor(() => expect(learned).toContain(proxy.host), wait);
    await two.importer.check([item('v1')], contextWith([]));
    await two.budget.flush();
    const told = await sql<{ told: string }>(
      record.connection,
      'select sum(learned_at) as told from sluice.registry_lesson',
    );
    await two.importer.check([item('v1')], contextWith([]));
    await one.importer.check([item('v1')], contextWith([]));
    await Promise.all([one.budget.flush(), two.budget.flush()]);
    expect(
      await sql(record.connection, 'select sum(learned_at) as told from sluice.registry_lesson'),
    ).toEqual(told);
  });
});

test('the layers of an image are not kept', async () => {
  const { importer } = await startProcess();
  const image = makeImage({ format: 'oci', layers: [{ a: 'b' }], config: {} });
  await push.pushImage('acme/app', ['layers'], image);
  await importer.importImages([item('layers')], contextWith([]));
  const keys = image.blobs.map(({ digest }) => ({
    registry: proxy.host,
    repository: 'acme/app',
    digest,
  }));
  await vi.waitFor(async () => {
    const found = await Promise.all(keys.map((key) => record.contents.get(key)));
    expect(found.filter((bytes) => bytes !== undefined)).toHaveLength(1);
  });
});
