import { expect, test } from 'vitest';

import { runChaos } from './run.ts';

test('streams are right after everything was killed in turn while their tags moved', async () => {
  const size = { streams: 4, tags: 2, workers: 2, servers: 1 };
  const { problems, moved } = await runChaos({ seconds: 10, seed: 5, ...size });
  expect(problems).toEqual([]);
  expect(moved).toBeGreaterThan(0);
}, 180_000);
