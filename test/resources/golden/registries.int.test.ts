import { afterAll, beforeAll, expect, test } from 'vitest';

import { startRecordedRegistries, type RecordedRegistries } from './recorded-registries.ts';
import { runSetup, Tally } from './scenario-run.ts';
import { setups } from './setups.ts';

const tally = new Tally('real registries');
let registries: RecordedRegistries;

beforeAll(async () => {
  registries = await startRecordedRegistries();
}, 120_000);

afterAll(async () => {
  tally.print();
  await registries[Symbol.asyncDispose]();
});

test.for(setups().map((setup) => ({ setup, name: setup.scenarios.join(', ') })))(
  'imports from real registries end as those of OpenShift 4.13: $name',
  { timeout: 300_000 },
  async ({ setup }) => {
    expect((await runSetup(setup, registries, tally)).join('\n')).toBe('');
  },
);
