import { describe, expect, test } from 'vitest';
import { defaultImportSpec } from '#src/domain/defaults.ts';
import { planImport, scheduledTags } from '#src/domain/import-plan.ts';
import type { ImageStreamImport } from '#src/domain/types.ts';
import { recorded, targetOf } from './recorded-exchanges.ts';
import { Replay } from './recorded-replay.ts';

function isParallel(scenario: string, step: string): boolean {
  return scenario.startsWith('16-') && step >= '034';
}

describe('the rules answer as OpenShift 4.13 did', () => {
  test.for([
    ['02-create-get-list', 83],
    ['03-oc-tag', 43],
    ['04-import-image', 275],
    ['05-describe-get', 104],
    ['06-imagestreammappings', 27],
    ['07-history-rollback-validation', 128],
    ['08-imagestreamimports-raw', 84],
    ['09-layers-secrets-watch-selectors-patch', 80],
    ['10-generation-semantics', 115],
    ['11-authz-cross-namespace', 11],
    ['12-images-signatures', 9],
    ['13-limits-quota', 8],
    ['14-allowed-registries', 22],
    ['15-registry-hostname-ext', 10],
    ['15-registry-hostname-noreg', 10],
    ['16-dryrun-order-concurrency', 169],
    ['17-local-reference-views', 15],
  ] as const)('%s', ([scenario, least]) => {
    const replay = new Replay(scenario);
    // The last steps of 16 show what parallel requests made, which were not recorded one by one.
    const exchanges = recorded(scenario).filter(({ step }) => !isParallel(scenario, step));
    replay.prepare(exchanges);
    for (const exchange of exchanges) replay.step(exchange);
    expect(replay.ours.length).toBeGreaterThanOrEqual(least);
    for (const [index, comparison] of replay.ours.entries())
      expect.soft(comparison).toEqual(replay.theirs[index]);
  });
});

test("the import controller asks for what OpenShift's asked for, and then rests", () => {
  const replay = new Replay('20-import-controller');
  let asked = 0;
  for (const exchange of recorded('20-import-controller', 'domain')) {
    const { namespace = '', name = '' } = targetOf(exchange) ?? {};
    if (exchange.headers['user-agent'] === 'controller') {
      const request = exchange.body as unknown as ImageStreamImport;
      const stream = replay.world.streams.get(`${namespace}/${request.metadata.name}`)!;
      const due = scheduledTags(stream).map((tag) => tag.name);
      const plan = planImport(stream) ?? planImport(stream, { tags: due });
      expect.soft(plan, exchange.step).toEqual(defaultImportSpec(request.spec));
      asked += 1;
    }
    replay.step(exchange);
    const shown = replay.world.streams.get(`${namespace}/${name}`);
    if (exchange.method === 'GET' && exchange.step.includes('-gen-') && shown !== undefined)
      expect.soft(planImport(shown), exchange.step).toBeUndefined();
  }
  for (const [index, comparison] of replay.ours.entries())
    expect.soft(comparison).toEqual(replay.theirs[index]);
  expect([asked, replay.ours.length]).toEqual([12, 52]);
});
