import { afterAll, expect, test } from 'vitest';

import { RecordedImporter } from './recorded-importer.ts';
import { runSetup, Tally } from './scenario-run.ts';
import { setups } from './setups.ts';

const tally = new Tally('recorded registries');

afterAll(() => {
  tally.print();
});

const withoutController = setups().filter((setup) => !setup.hasController);

test.for(withoutController.map((setup) => ({ setup, name: setup.scenarios.join(', ') })))(
  'the answers are those of OpenShift 4.13, but for the listed differences: $name',
  { timeout: 300_000 },
  async ({ setup }) => {
    const importer = new RecordedImporter();
    const source = { importer, enter: importer.enter.bind(importer), hosts: new Map() };
    expect((await runSetup(setup, source, tally)).join('\n')).toBe('');
  },
);

test('every listed difference is one', () => {
  expect(tally.stale()).toEqual([]);
});
