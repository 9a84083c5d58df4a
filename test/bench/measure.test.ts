import { expect, test } from 'vitest';

import { missedLimits } from '../../bench/support/bench.ts';
import { measureSelf, percentile, treeUsage } from '../../bench/support/measure.ts';

test('a percentile is a value that occurred', () => {
  const values = [5, 1, 4, 2, 3];
  expect([0, 0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 3, 5, 5]);
  expect(percentile([], 0.5)).toBe(0);
});

test('limits that were missed are named, those that were met are not', () => {
  expect(
    missedLimits([
      { name: 'requests', value: 1250, atMost: 1250 },
      { name: 'sockets', value: 33, atMost: 32 },
      { name: 'rate', value: 59, atLeast: 60 },
    ]),
  ).toEqual(['sockets 33 > 32', 'rate 59 < 60']);
});

test('work is seen as processor time', () => {
  const stop = measureSelf();
  const { cpuSeconds: before } = treeUsage(process.pid) ?? { cpuSeconds: 0 };
  const start = process.cpuUsage();
  while (process.cpuUsage(start).user < 30_000);
  const usage = stop();
  expect(usage.cpuSeconds).toBeGreaterThanOrEqual(0.03);
  expect(usage.seconds).toBeGreaterThan(0);
  expect(usage.peakRssMiB).toBeGreaterThan(10);
  expect(treeUsage(process.pid)?.cpuSeconds ?? 1).toBeGreaterThan(before);
});
