/** A scheduled tag that people roll back and hold, and a tag that follows it, against what a person expects of both. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { needsImport, specTag, statusTag } from '#src/domain/history.ts';
import { holdDigestAnnotation, holdUntilAnnotation, isHeld } from '#src/domain/hold.ts';
import { recordImport } from '#src/domain/import-record.ts';
import { withOrigins } from '#src/domain/origin.ts';
import { rollbackAtAnnotation, rollbackToAnnotation } from '#src/domain/rollback.ts';
import {
  prepareStreamCreate,
  prepareStreamUpdate,
  type WriteMode,
} from '#src/domain/stream-write.ts';
import { rfc3339 } from '#src/domain/time.ts';
import type { ImageImportStatus, ImageStream, TagCause, TagReference } from '#src/domain/types.ts';
import {
  context,
  digest,
  imported,
  importSpec,
  missing,
  stream,
  succeeded,
  tagFrom,
} from './builders.ts';

const followed = 'v';
const follower = 'f';
const source = 'quay.io/acme/demo:v';

type Kind =
  | 'check'
  | 'failing check'
  | 'import'
  | 'retag'
  | 'rollback'
  | 'hold'
  | 'hold for an hour'
  | 'hold until newer'
  | 'release';

const kinds: readonly Kind[] = [
  'check',
  'failing check',
  'import',
  'retag',
  'rollback',
  'hold',
  'hold for an hour',
  'hold until newer',
  'release',
];

interface Step {
  readonly kind: Kind;
  /** What upstream has. */
  readonly pair: string;
  /** Which entry a rollback goes to, counted from the newest. */
  readonly back: number;
  /** Seconds since the step before. */
  readonly later: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    pair: fc.constantFrom('11', '22', '33'),
    back: fc.nat({ max: 4 }),
    later: fc.constantFrom(60, 900, 3600),
  }),
  { maxLength: 40 },
);

/** What a person expects. */
interface Model {
  /** Images and why the tag came to them, newest first. */
  readonly entries: readonly (readonly [pair: string, cause: TagCause])[];
  readonly hold: { readonly until?: number; readonly unless?: string } | undefined;
  /** An import was asked for and not answered yet. */
  readonly isPending: boolean;
  readonly isFailing: boolean;
}

const beginning: Model = { entries: [], hold: undefined, isPending: true, isFailing: false };

const expectations: Readonly<Record<Kind, (model: Model, step: Step, now: number) => Model>> = {
  check(model, { pair }, now) {
    if (model.isPending || holds(model, now, pair)) return model;
    return moved(model, pair, 'schedule');
  },
  'failing check': (model) => (model.isPending ? model : { ...model, isFailing: true }),
  import: (model, { pair }) => moved(model, pair, 'import'),
  retag: (model) => ({ ...model, isPending: true }),
  rollback(model, { back }) {
    const entry = model.entries[back];
    return entry === undefined ? model : moved(model, entry[0], 'rollback');
  },
  hold: (model) => ({ ...model, hold: {} }),
  'hold for an hour': (model, _step, now) => ({ ...model, hold: { until: now + 3600 } }),
  'hold until newer': (model, { pair }) => ({ ...model, hold: { unless: pair } }),
  release: (model) => ({ ...model, hold: undefined }),
};

function holds({ hold }: Model, now: number, upstream: string): boolean {
  if (hold === undefined) return false;
  if (hold.until !== undefined && now >= hold.until) return false;
  return hold.unless === undefined || hold.unless === upstream;
}

function moved(model: Model, pair: string, cause: TagCause): Model {
  const isSame = model.entries[0]?.[0] === pair;
  const entries = isSame ? model.entries : [[pair, cause] as const, ...model.entries];
  return { ...model, entries, isPending: false, isFailing: false };
}

const actions: Readonly<Record<Kind, (app: ImageStream, step: Step, now: number) => ImageStream>> =
  {
    check(app, { pair }, now) {
      const isLeft = isPending(app) || isHeld(specTag(app, followed), rfc3339(now), digest(pair));
      return isLeft ? app : withOutcome(app, succeeded(digest(pair)), now, 'schedule');
    },
    'failing check': (app, _step, now) =>
      isPending(app) ? app : withOutcome(app, missing(source), now, 'schedule'),
    import: (app, { pair }, now) => withOutcome(app, succeeded(digest(pair)), now, 'import'),
    retag: (app, _step, now) => changed(app, { generation: 0 }, now),
    rollback(app, { back }, now) {
      const to = statusTag(app, followed)?.items?.[back]?.image;
      if (to === undefined) return app;
      return annotated(app, { [rollbackToAnnotation]: to, [rollbackAtAnnotation]: `${now}` }, now);
    },
    hold: (app, _step, now) => held(app, ['released', ''], now),
    'hold for an hour': (app, _step, now) => held(app, [rfc3339(now + 3600), ''], now),
    'hold until newer': (app, { pair }, now) => held(app, ['released', digest(pair)], now),
    release: (app, _step, now) => held(app, ['', ''], now),
  };

function isPending(app: ImageStream): boolean {
  const tag = specTag(app, followed);
  return tag !== undefined && needsImport(tag, statusTag(app, followed));
}

function held(
  app: ImageStream,
  [until, unless]: readonly [until: string, unless: string],
  now: number,
): ImageStream {
  return annotated(app, { [holdUntilAnnotation]: until, [holdDigestAnnotation]: unless }, now);
}

function annotated(
  app: ImageStream,
  annotations: Readonly<Record<string, string>>,
  now: number,
): ImageStream {
  const kept = specTag(app, followed)?.annotations;
  return changed(app, { generation: null, annotations: { ...kept, ...annotations } }, now);
}

function changed(app: ImageStream, change: Partial<TagReference>, now: number): ImageStream {
  const tags = (app.spec.tags ?? []).map((tag) =>
    tag.name === followed ? { ...tag, ...change } : tag,
  );
  return written(app, { ...app, spec: { ...app.spec, tags } }, now, ['main', 'tag']);
}

function withOutcome(
  app: ImageStream,
  outcome: ImageImportStatus,
  now: number,
  cause: TagCause,
): ImageStream {
  const recorded = recordImport({
    stream: app,
    namespace: 'ns',
    name: 'app',
    spec: { import: true, images: [importSpec(followed, source)] },
    status: { images: [outcome] },
    now: rfc3339(now),
  });
  return recorded.changed ? written(app, recorded.stream, now, ['internal', cause]) : app;
}

function written(
  old: ImageStream,
  next: ImageStream,
  now: number,
  [mode, cause]: [WriteMode, TagCause],
): ImageStream {
  const write = { ...context({ now: rfc3339(now) }), next, old, mode };
  const { stream: result, errors } = prepareStreamUpdate(write);
  expect(errors).toEqual([]);
  return withOrigins(result, old, { cause, by: 'alice' });
}

function start(): ImageStream {
  const tags = [imported(followed, source), tagFrom(follower, 'ImageStreamTag', followed)];
  return prepareStreamCreate({ ...context(), stream: stream('app', tags) }).stream;
}

function entriesOf(app: ImageStream, tag: string): [string, TagCause | undefined][] {
  return (statusTag(app, tag)?.items ?? []).map(({ image, cause }) => [image.slice(7, 9), cause]);
}

test('no entry of a held and rolled back tag is lost, forged or unasked, and its follower goes along', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      let app = start();
      let model = beginning;
      let now = 1_768_035_600;
      for (const step of taken) {
        now += step.later;
        const before = app;
        app = actions[step.kind](app, step, now);
        model = expectations[step.kind](model, step, now);
        expect(entriesOf(app, followed)).toEqual(model.entries);
        expect(entriesOf(app, follower).map(([pair]) => pair)).toEqual(
          model.entries.map(([pair]) => pair),
        );
        expect(statusTag(app, followed)?.conditions !== undefined).toBe(model.isFailing);
        expect(isPending(app)).toBe(model.isPending);
        const [was, is] = [before, app].map(({ metadata }) => metadata.generation ?? 0);
        expect(is).toBeGreaterThanOrEqual(was ?? 0);
        for (const { items } of app.status.tags ?? [])
          for (const { generation } of items ?? []) expect(generation).toBeLessThanOrEqual(is ?? 0);
      }
    }),
    { numRuns: 500 },
  );
});
