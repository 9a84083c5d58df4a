import { expect, test } from 'vitest';

import { fuzz } from '#test/fuzz/run.ts';
import { startFuzzWorld } from '#test/fuzz/world.ts';

// `npm run fuzz` sends a hundred thousand, and looks at the memory too.
test('bad requests get good answers', { timeout: 120_000 }, async () => {
  await using world = await startFuzzWorld();
  const report = await fuzz(world, { seed: 20_261_126, requests: 2_500, connections: 8 });
  expect(report.problems).toEqual([]);
  const count = Object.values(report.statuses).reduce((sum, each) => sum + each, 0);
  expect(count).toBeGreaterThanOrEqual(2_500);
});
