import { expect, test } from 'vitest';

import type { TokenUser } from '#src/apiserver/authenticate/bearer-tokens.ts';
import { cachedTokens } from '#src/apiserver/authenticate/token-cache.ts';

const alice: TokenUser = { user: { username: 'alice', groups: [] }, audiences: [] };

function rig(answer: () => Promise<TokenUser | undefined> = async () => alice): {
  ask: (token?: string) => Promise<TokenUser | undefined>;
  asked: () => number;
  set: (change: { epoch?: number | undefined; now?: number }) => void;
} {
  const state: { epoch: number | undefined; now: number } = { epoch: 1, now: 0 };
  let asked = 0;
  const tokens = cachedTokens(
    {
      authenticateToken: async () => {
        asked += 1;
        return answer();
      },
    },
    { epoch: () => state.epoch },
    { now: () => state.now, sleep: () => Promise.resolve() },
  );
  return {
    ask: (token = 't') => tokens.authenticateToken(token, []),
    asked: () => asked,
    set: (change) => Object.assign(state, change),
  };
}

test('a token is looked up once', async () => {
  const { ask, asked } = rig();
  expect([await ask(), await ask(), await ask()]).toEqual([alice, alice, alice]);
  expect(asked()).toBe(1);
  await ask('other');
  expect(asked()).toBe(2);
});

test('and again after a change, after a while, and while changes cannot be told', async () => {
  const { ask, asked, set } = rig();
  await ask();
  set({ epoch: 2 });
  await ask();
  expect(asked()).toBe(2);
  set({ now: 10_001 });
  await ask();
  expect(asked()).toBe(3);
  set({ epoch: undefined });
  await ask();
  await ask();
  expect(asked()).toBe(5);
});

test('what changed while it was looked up is not kept', async () => {
  const gates: (() => void)[] = [];
  const { ask, asked, set } = rig(async () => {
    await new Promise<void>((resolve) => gates.push(resolve));
    return alice;
  });
  const first = ask();
  await expect.poll(() => gates.length).toBe(1);
  set({ epoch: 2 });
  gates[0]?.();
  await first;
  const second = ask();
  await expect.poll(() => gates.length).toBe(2);
  gates[1]?.();
  await second;
  expect(asked()).toBe(2);
});

test('a token is not believed longer than it lasts, and a refused one is asked of again', async () => {
  const expiring = rig(async () => ({ ...alice, expiresAtMs: 500 }));
  await expiring.ask();
  expiring.set({ now: 500 });
  await expiring.ask();
  expect(expiring.asked()).toBe(2);
  const refused = rig(async () => undefined);
  await refused.ask();
  await refused.ask();
  expect(refused.asked()).toBe(2);
});
