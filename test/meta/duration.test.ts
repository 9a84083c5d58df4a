import { expect, test } from 'vitest';
import { humanDuration, kubeAge } from '#src/meta/duration.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

test.for([
  [0, 'Less than a second'],
  [999, 'Less than a second'],
  [second, '1 second'],
  [59 * second, '59 seconds'],
  [minute, 'About a minute'],
  [119 * second, 'About a minute'],
  [2 * minute, '2 minutes'],
  [59 * minute, '59 minutes'],
  [hour, 'About an hour'],
  [89 * minute, 'About an hour'],
  [90 * minute, '2 hours'],
  [47 * hour, '47 hours'],
  [2 * day, '2 days'],
  [13 * day, '13 days'],
  [14 * day, '2 weeks'],
  [60 * day, '2 months'],
  [730 * day, '2 years'],
] as const)('%i ms is "%s"', ([ms, text]) => {
  expect(humanDuration(ms)).toBe(text);
});

test.for([
  [-5, '0s'],
  [119 * second, '119s'],
  [150 * second, '2m30s'],
  [10 * minute, '10m'],
  [179 * minute, '179m'],
  [3 * hour, '3h'],
  [3 * hour + 5 * minute, '3h5m'],
  [47 * hour, '47h'],
  [2 * day + 4 * hour, '2d4h'],
  [8 * day, '8d'],
  [760 * day, '2y30d'],
  [3000 * day, '8y'],
] as const)('an age of %i ms is printed "%s"', ([ms, text]) => {
  expect(kubeAge(ms)).toBe(text);
});
