import { writeFileSync } from 'node:fs';

import { afterAll, expect, test } from 'vitest';

import { startTestApi, type TestApi } from '../support/api.ts';
import { differences } from './differences.ts';
import { answerImport } from './recorded-import.ts';
import { replayStep, Translation } from './replay.ts';
import { scenarioNames, stepsOf, type Json } from './steps.ts';

const internal = 'image-registry.openshift-image-registry.svc:5000';
const only = process.env['GOLDEN'];

const tally = { steps: 0, agree: 0, listed: 0 };
const used = new Set<number>();

afterAll(() => {
  process.stderr.write(
    `golden: ${tally.agree} of ${tally.steps} steps agree, ${tally.listed} listed differences\n`,
  );
});

test('the recorded scenarios', { timeout: 600_000 }, async () => {
  let recorded: Json;
  const api: TestApi = await startTestApi({
    hosts: { internal },
    namespaces: [
      ...scenarioNames(),
      ...['tag-other', 'private', 'proj2', 'forbidden', 'quota2', 'openshift'],
    ],
    importQueue: {
      enqueueRequest: async (id) => {
        void answerImport(api.deps, id, recorded);
      },
    },
  });
  const failures: string[] = [];
  const translation = new Translation();
  for (const scenario of scenarioNames()) {
    if (only !== undefined && !new RegExp(only).test(scenario)) continue;
    for (const step of stepsOf(scenario)) {
      recorded = step.response;
      const { differences: found } = await replayStep(api, step, translation);
      tally.steps += 1;
      const place = `${scenario}/${step.step}`;
      const left = found.filter((difference) => !isListed(place, difference));
      if (found.length === 0) tally.agree += 1;
      else if (left.length === 0) tally.listed += 1;
      else failures.push(`${place} ${step.method} ${step.path}\n    ${left.join('\n    ')}`);
    }
  }
  await api[Symbol.asyncDispose]();
  const report = process.env['GOLDEN_REPORT'];
  if (report !== undefined) writeFileSync(report, failures.join('\n'));
  expect(failures.join('\n')).toBe('');
});

function isListed(place: string, found: string): boolean {
  const index = differences.findIndex(
    ({ steps, at }) => steps.test(place) && (at === undefined || at.test(found)),
  );
  if (index >= 0) used.add(index);
  return index >= 0;
}
