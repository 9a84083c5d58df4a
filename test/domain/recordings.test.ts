import { describe, expect, test } from 'vitest';
import { defaultImportSpec } from '#src/domain/defaults.ts';
import { planImport, scheduledTags } from '#src/domain/import-plan.ts';
import type { ImageStream, ImageStreamImport } from '#src/domain/types.ts';
import { recorded, targetOf, type Exchange } from './recorded-exchanges.ts';
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

test('the import controller asks for what the one of OpenShift asked for, and then rests', () => {
  const replay = new Replay('20-import-controller');
  const asked = { theirs: [] as unknown[], ours: [] as unknown[] };
  const leftOver: unknown[] = [];
  for (const exchange of recorded('20-import-controller', 'domain')) {
    if (exchange.headers['user-agent'] === 'controller') {
      const request = exchange.body as unknown as ImageStreamImport;
      asked.theirs.push([exchange.step, defaultImportSpec(request.spec)]);
      asked.ours.push([exchange.step, planOf(replay, exchange, request.metadata.name)]);
    }
    replay.step(exchange);
    if (exchange.method === 'GET' && exchange.step.includes('-gen-'))
      leftOver.push(planImport(streamOf(replay, exchange, targetOf(exchange)?.name)));
  }
  expect(asked.ours).toEqual(asked.theirs);
  expect([asked.ours.length, replay.ours.length]).toEqual([12, 52]);
  expect(leftOver).toEqual(leftOver.map(() => undefined));
  expect(replay.ours).toEqual(replay.theirs);
});

function planOf(replay: Replay, exchange: Exchange, name: string | undefined): unknown {
  const stream = streamOf(replay, exchange, name);
  const due = scheduledTags(stream).map((tag) => tag.name);
  return planImport(stream) ?? planImport(stream, { tags: due });
}

function streamOf(replay: Replay, exchange: Exchange, name: string | undefined): ImageStream {
  const { namespace = '' } = targetOf(exchange) ?? {};
  return replay.world.streams.get(`${namespace}/${name}`)!;
}
