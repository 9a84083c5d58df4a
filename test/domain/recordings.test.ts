import { describe, expect, test } from 'vitest';
import { recorded } from './recorded-exchanges.ts';
import { Replay } from './recorded-replay.ts';

describe('the rules answer as OpenShift 4.13 did', () => {
  test.for([
    ['02-create-get-list', 40],
    ['03-oc-tag', 40],
    ['04-import-image', 60],
    ['05-describe-get', 20],
    ['06-imagestreammappings', 15],
    ['07-history-rollback-validation', 90],
    ['08-imagestreamimports-raw', 40],
    ['09-layers-secrets-watch-selectors-patch', 30],
    ['10-generation-semantics', 60],
    ['11-authz-cross-namespace', 5],
    ['12-images-signatures', 5],
    ['13-limits-quota', 5],
    ['14-allowed-registries', 15],
    ['15-registry-hostname-ext', 5],
    ['15-registry-hostname-noreg', 5],
    ['17-local-reference-views', 8],
  ] as const)('%s', ([scenario, least]) => {
    const replay = new Replay(scenario);
    const exchanges = recorded(scenario);
    replay.prepare(exchanges);
    for (const exchange of exchanges) replay.step(exchange);
    expect(replay.ours.length).toBeGreaterThanOrEqual(least);
    for (const [index, comparison] of replay.ours.entries())
      expect.soft(comparison).toEqual(replay.theirs[index]);
  });
});
