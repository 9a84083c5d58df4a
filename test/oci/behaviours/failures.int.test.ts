import { describe, expect, test } from 'vitest';

import { basic, candidates, failureOf, testClient } from '../support/client.ts';
import { image, startFake, type Answer } from '../support/fake-registry.ts';

describe('failures', () => {
  test.for([
    ...[500, 502, 503, 504, 408, 425, 429, 520, 524].map((status) => ({ status, times: 3 })),
    ...[400, 403, 404, 405, 406, 501].map((status) => ({ status, times: 1 })),
  ])('B20: after $status it is asked $times times in all', async ({ status, times }) => {
    await using registry = await startFake({
      answer: (_seen, response) => {
        response.writeHead(status).end();
        return true;
      },
    });
    await using client = testClient();
    await failureOf(client.repository(`${registry.host}/acme/app`).manifests.get('v1'));
    expect(registry.methods()).toHaveLength(times);
  });

  test('B21: a host that asks for a pause gets it from everyone', async () => {
    await using registry = await startFake({
      answer: (_seen, response) => {
        response.writeHead(429, { 'retry-after': '60' }).end();
        return true;
      },
    });
    await using client = testClient();
    const before = Date.now();
    const failure = await failureOf(
      client.repository(`${registry.host}/acme/app`).manifests.get('v1'),
    );
    expect(failure).toMatchObject({ code: 'HTTP_429', retryable: true, asked: true });
    const { retryAt } = failure as unknown as { retryAt: Date };
    expect(retryAt.getTime()).toBeGreaterThanOrEqual(before + 60_000);
    const other = client.with({ credentials: candidates(basic('a', 'b')) });
    const second = await failureOf(
      other.repository(`${registry.host}/acme/other`).manifests.get('v1'),
    );
    const { retryAt: forOthers } = second as unknown as { retryAt: Date };
    // The lane notes the pause a moment before the error is made.
    expect(Math.abs(forOthers.getTime() - retryAt.getTime())).toBeLessThan(1_000);
    expect(registry.methods()).toHaveLength(1);
  });

  test('B21: a short pause is waited for, and then the answer counts', async () => {
    let asked = 0;
    await using registry = await startFake({
      answer: (_seen, response) => {
        asked += 1;
        if (asked > 1) return false;
        response.writeHead(429, { 'retry-after': '1' }).end();
        return true;
      },
    });
    await using client = testClient();
    const started = performance.now();
    await client.repository(`${registry.host}/acme/app`).manifests.get('v1');
    expect(performance.now() - started).toBeGreaterThanOrEqual(990);
    expect(registry.methods()).toHaveLength(2);
  });

  test('B21: who waits for a turn when the host asks for a pause does not ask either', async () => {
    const waiting: (() => void)[] = [];
    await using registry = await startFake({
      answer: (_seen, response) => {
        waiting.push(() => response.writeHead(429, { 'retry-after': '60' }).end());
        return true;
      },
    });
    await using client = testClient();
    const calls = Array.from({ length: 30 }, async (_, index) =>
      failureOf(client.repository(`${registry.host}/acme/app${index}`).manifests.get('v1')),
    );
    await expect.poll(() => waiting.length).toBe(8);
    for (const refuse of waiting) refuse();
    for (const failure of await Promise.all(calls))
      expect(failure).toMatchObject({ name: 'RateLimitedError', asked: true });
    expect(registry.seen).toHaveLength(8);
  });

  test.for<{ phase: string; busy?: boolean; answer: Answer }>([
    { phase: 'its turn', busy: true, answer: () => true },
    { phase: 'headers', answer: () => true },
    {
      phase: 'a body',
      answer: (_seen, response) => {
        response.writeHead(200, { 'content-type': image.mediaType }).write('{');
        return true;
      },
    },
    {
      phase: 'another attempt',
      answer: (_seen, response) => {
        response.writeHead(503).end();
        return true;
      },
    },
    {
      phase: 'a token',
      answer: ({ path }, response, { url }) => {
        if (!path.startsWith('/token'))
          response.writeHead(401, { 'www-authenticate': `Bearer realm="${url}/token"` }).end();
        return true;
      },
    },
  ])('B23: a call that is given up while it waits for $phase ends at once', async (waits) => {
    await using registry = await startFake({ answer: waits.answer });
    await using client = testClient({
      retry: { baseMs: 60_000, capMs: 60_000 },
      lanes: waits.busy === true ? { concurrencyPerHost: 1 } : {},
    });
    const before = timers();
    const controller = new AbortController();
    const { signal } = controller;
    const repository = client.repository(`${registry.host}/acme/app`);
    const first =
      waits.busy === true ? failureOf(repository.manifests.get('v0', { signal })) : undefined;
    const call = failureOf(repository.manifests.get('v1', { signal }));
    await expect.poll(() => registry.seen.length).toBeGreaterThan(0);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    controller.abort();
    expect(await call).toMatchObject({ code: 'ABORTED' });
    await first;
    await client.close();
    await expect.poll(timers).toBeLessThanOrEqual(before);
  });

  test('B23: a call that is given up ends at once, and leaves nothing behind', async () => {
    await using registry = await startFake({ answer: () => true });
    await using client = testClient();
    const controller = new AbortController();
    const call = client
      .repository(`${registry.host}/acme/app`)
      .manifests.get('v1', { signal: controller.signal });
    await expect.poll(() => registry.seen.length).toBe(1);
    controller.abort();
    expect(await failureOf(call)).toMatchObject({ code: 'ABORTED' });
    await client.close();
  });

  test('B23: who waits for a token of others may leave, the others get it', async () => {
    let give: (() => void) | undefined;
    await using registry = await startFake({
      answer: ({ path, headers }, response, { url }) => {
        if (path.startsWith('/token')) {
          give = () => response.writeHead(200).end('{"token":"x"}');
          return true;
        }
        if (headers.authorization === 'Bearer x') return false;
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${url}/token"` }).end();
        return true;
      },
    });
    await using client = testClient();
    const controller = new AbortController();
    const repository = client.repository(`${registry.host}/acme/app`);
    const leaving = repository.manifests.get('v1', { signal: controller.signal });
    const staying = repository.manifests.get('v1');
    await expect.poll(() => registry.seen.length).toBe(3);
    controller.abort();
    expect(await failureOf(leaving)).toMatchObject({ code: 'ABORTED' });
    give?.();
    await expect(staying).resolves.toMatchObject({ kind: 'image' });
  });

  test('an operation has a deadline of its own', async () => {
    await using registry = await startFake({ answer: () => true });
    await using client = testClient();
    const failure = await failureOf(
      client.repository(`${registry.host}/acme/app`).manifests.get('v1', { deadlineMs: 50 }),
    );
    expect(failure).toMatchObject({ code: 'TIMEOUT', phase: 'operation' });
  });

  test.for(['nowhere.invalid', '127.0.0.1:1'])('H67: %s cannot be reached', async (host) => {
    await using client = testClient();
    const failure = await failureOf(client.repository(`${host}/acme/app`).manifests.get('v1'));
    expect(['DNS', 'CONNECT']).toContain((failure as Error & { code: string }).code);
  });
});

/** Timers that keep this process alive. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}
