import { writeFileSync } from 'node:fs';

import { afterAll, expect, test } from 'vitest';

import { startTestApi, type TestApi } from '../support/api.ts';
import { differences } from './differences.ts';
import { importsOf } from './import-worker.ts';
import { RecordedClock } from './recorded-clock.ts';
import { RecordedImporter } from './recorded-importer.ts';
import { replayStep, Translation } from './replay.ts';
import { furnish, setups } from './setups.ts';
import { stepsOf, type Step } from './steps.ts';

/** For work on one scenario: a pattern of scenarios, and a file for everything that differs. */
const only = new RegExp(process.env['GOLDEN'] ?? '');
const report = process.env['GOLDEN_REPORT'];

const tally = { steps: 0, agree: 0, listed: 0 };
const used = new Set<number>();
const found: string[] = [];

afterAll(() => {
  process.stderr.write(
    `golden: ${tally.agree} of ${tally.steps} steps agree, ${tally.listed} listed differences\n`,
  );
  if (report !== undefined) writeFileSync(report, found.join('\n'));
});

test.for(setups().map((setup) => ({ ...setup, name: setup.scenarios.join(', ') })))(
  'the answers are those of OpenShift 4.13, but for the listed differences: $name',
  { timeout: 300_000 },
  async ({ scenarios, options }) => {
    const importer = new RecordedImporter();
    const clock = new RecordedClock();
    const api: TestApi = await startTestApi({
      ...options,
      clock,
      importQueue: importsOf(() => api, importer),
    });
    const failures: string[] = [];
    try {
      await furnish(api);
      const translation = new Translation();
      for (const scenario of scenarios.filter((name) => only.test(name)))
        for (const step of stepsOf(scenario)) {
          importer.enter(step);
          clock.enter(step);
          const { differences: differing } = await replayStep(api, step, translation);
          failures.push(...unlisted(scenario, step, differing));
        }
    } finally {
      await api[Symbol.asyncDispose]();
    }
    found.push(...failures);
    expect(failures.join('\n')).toBe('');
  },
);

test('every listed difference is one', () => {
  if (process.env['GOLDEN'] !== undefined) return;
  const stale = differences.filter((_, index) => !used.has(index));
  expect(stale.map(({ steps, because }) => `${steps}: ${because}`)).toEqual([]);
});

function unlisted(scenario: string, step: Step, differing: readonly string[]): string[] {
  tally.steps += 1;
  const place = `${scenario}/${step.step}`;
  const left = differing.filter((difference) => !isListed(place, difference));
  if (differing.length === 0) tally.agree += 1;
  else if (left.length === 0) tally.listed += 1;
  return left.length === 0
    ? []
    : [`${place} ${step.method} ${step.path}\n    ${left.join('\n    ')}`];
}

function isListed(place: string, difference: string): boolean {
  const index = differences.findIndex(
    ({ steps, at }) => steps.test(place) && (at === undefined || at.test(difference)),
  );
  if (index >= 0) used.add(index);
  return index >= 0;
}
