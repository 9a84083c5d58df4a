import { describe, expect, test } from 'vitest';

import { image } from '#fixtures/hostile/content.ts';
import { slowHeaders } from '#fixtures/hostile/h30-slow-headers.ts';
import { slowBody } from '#fixtures/hostile/h31-slow-body.ts';
import { neverAccepted } from '#fixtures/hostile/h32-never-accepted.ts';
import { silent, silentHandshake } from '#fixtures/hostile/h32-silent.ts';
import {
  informationalForEver,
  informationalThenGood,
  unaskedContinue,
} from '#fixtures/hostile/h33-informational.ts';
import { resets } from '#fixtures/hostile/h34-reset.ts';
import { closesAfterEach, resetsWhenUsedAgain } from '#fixtures/hostile/h35-closed-idle.ts';
import { notHttp, plainHttp } from '#fixtures/hostile/h36-not-http.ts';
import { oddStatuses, switchingProtocols } from '#fixtures/hostile/h37-odd-status.ts';

import { failureOf, meet } from './meet.ts';

/** One attempt: what is tested is how it ends. */
const once = { attempts: 1 };

describe('slow servers', () => {
  test('H30: headers that never end are waited for no longer than headersMs', async () => {
    const { get, server } = await meet(slowHeaders, { retry: once, limits: { headersMs: 300 } });

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'TIMEOUT', phase: 'headers' });
    await expect.poll(() => server.open, { interval: 5 }).toBe(0);
  });

  test('H31: a body that never ends is read no longer than requestMs, though no pause in it is long', async () => {
    const { get, server } = await meet(slowBody, {
      retry: once,
      limits: { bodyIdleMs: 5000, requestMs: 400 },
    });

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'TIMEOUT', phase: 'request' });
    await expect.poll(() => server.open, { interval: 5 }).toBe(0);
  });

  test('H31: nor longer than the whole call may take', async () => {
    const { get } = await meet(slowBody, { limits: { bodyIdleMs: 5000, operationMs: 300 } });

    expect(await failureOf(get())).toMatchObject({ code: 'TIMEOUT', phase: 'operation' });
  });

  test('H32: a server that takes the request and says nothing', async () => {
    const { get } = await meet(silent, { retry: once, limits: { headersMs: 300 } });

    expect(await failureOf(get())).toMatchObject({ code: 'TIMEOUT', phase: 'headers' });
  });

  test('H32: a server that never accepts the connection', async () => {
    const { get } = await meet(neverAccepted, { retry: once, limits: { connectMs: 300 } });

    expect(await failureOf(get())).toMatchObject({ code: 'TIMEOUT', phase: 'connect' });
  });

  test('H32: a server that never finishes the TLS handshake', async () => {
    const { get, server } = await meet(silentHandshake, {
      retry: once,
      limits: { connectMs: 300 },
      host: { scheme: 'https' },
    });

    expect(await failureOf(get())).toMatchObject({ code: 'TIMEOUT', phase: 'tls' });
    expect(server.requests).toEqual([]);
  });

  test('H33: informational answers before the real one change nothing', async () => {
    const { get, server } = await meet(informationalThenGood);

    expect((await get()).descriptor.digest).toBe(image.digest);
    expect(server.requests).toHaveLength(1);
  });

  test('H33: 100 Continue that nobody asked for is no answer', async () => {
    const { get, server } = await meet(unaskedContinue);

    const error = await failureOf(get());

    expect(error.code).toBe('PROTOCOL');
    expect(server.requests).toHaveLength(1);
  });

  test('H33: informational answers for ever are no answer', async () => {
    const { get, server } = await meet(informationalForEver, {
      retry: once,
      limits: { headersMs: 5000, requestMs: 400 },
    });

    expect(await failureOf(get())).toMatchObject({ code: 'TIMEOUT', phase: 'request' });
    await expect.poll(() => server.open, { interval: 5 }).toBe(0);
  });
});

describe('connections', () => {
  test.for(resets(1))('H34: $name is followed by another attempt', async (misdeed) => {
    const { get, server, stats } = await meet(misdeed);

    expect((await get()).descriptor.digest).toBe(image.digest);
    expect(server.requests).toHaveLength(2);
    expect(stats.retries).toBe(1);
  });

  test.for(resets())(
    'H34: $name, every time, is a lost connection after three',
    async (misdeed) => {
      const { get, server } = await meet(misdeed);

      const error = await failureOf(get());

      expect(error).toMatchObject({ code: 'CONNECTION_LOST', retryable: true });
      expect(server.requests).toHaveLength(3);
    },
  );

  test('H35: a connection that is closed after each answer costs no retry', async () => {
    const { get, stats } = await meet(closesAfterEach);

    for (let time = 0; time < 5; time += 1)
      expect((await get()).descriptor.digest).toBe(image.digest);

    expect(stats.retries).toBe(0);
  });

  test('H35: a connection that is reset when it is used again costs a request and no retry', async () => {
    const { get, server, stats } = await meet(resetsWhenUsedAgain);

    await get();
    await get();

    expect(server.requests).toHaveLength(3);
    expect(stats).toMatchObject({ retries: 0, waitedMs: 0, requests: 3 });
  });
});

describe('what is no HTTP', () => {
  test.for(notHttp)('H36: $name', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'PROTOCOL', retryable: false });
    expect(error.message).toBe('the answer is not HTTP');
    expect(server.requests).toHaveLength(1);
  });

  test('H36: plain HTTP where TLS is expected gets nothing but a ClientHello', async () => {
    const { get, server } = await meet(plainHttp, { host: { scheme: 'https' } });

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'TLS', reason: 'not-tls', retryable: false });
    expect(error.message).toMatch(/HTTP only and requires the insecure flag/u);
    expect(server.requests).toEqual([]);
    expect(server.connections).toBe(1);
  });

  test.for(oddStatuses)('H37: $name means nothing, whatever the body is', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'RESPONSE_INVALID', retryable: false });
    expect(server.requests).toHaveLength(1);
  });

  test('H37: status 101 to a request for no other protocol is no answer', async () => {
    const { get, server } = await meet(switchingProtocols);

    const error = await failureOf(get());

    expect(error.code).toMatch(/^(?:RESPONSE_INVALID|PROTOCOL)$/u);
    expect(server.requests).toHaveLength(1);
  });
});
