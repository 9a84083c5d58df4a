import fc from 'fast-check';
import { expect, test } from 'vitest';
import { statusTag } from '#src/domain/history.ts';
import { planImport } from '#src/domain/import-plan.ts';
import { recordImport } from '#src/domain/import-record.ts';
import { recordMapping } from '#src/domain/mapping.ts';
import { prepareStreamCreate, prepareStreamUpdate } from '#src/domain/stream-write.ts';
import { deleteTag } from '#src/domain/tag-delete.ts';
import type { ImageImportStatus, ImageStream, TagEvent } from '#src/domain/types.ts';
import {
  context,
  digest,
  image,
  imported,
  importSpec,
  missing,
  now,
  put,
  stream,
  succeeded,
  tagFrom,
  withTag,
} from './builders.ts';

const tags = ['a', 'b', 'c'] as const;
type Tag = (typeof tags)[number];

interface Step {
  readonly kind: Kind;
  readonly tag: Tag;
  /** What an alias follows. */
  readonly source: Tag;
  /** Which image an import or a push brings. */
  readonly pair: string;
  /** Whether following says "import again" where it changes nothing else. */
  readonly asksAgain: boolean;
}

type Kind = 'follow' | 'alias' | 'import' | 'fail' | 'push' | 'forget' | 'delete' | 'label';

const kinds: readonly Kind[] = [
  'follow',
  'alias',
  'import',
  'fail',
  'push',
  'forget',
  'delete',
  'label',
];

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    tag: fc.constantFrom(...tags),
    source: fc.constantFrom(...tags),
    pair: fc.constantFrom('11', '22', '33'),
    asksAgain: fc.boolean(),
  }),
  { maxLength: 40 },
);

/** What a person expects of one tag. */
interface Expected {
  /** The image it points at, and the repository that it came from, which is named after a tag. */
  readonly target: string | undefined;
  readonly intent: Tag | 'external' | 'none';
  /** The intent is newer than the history. */
  readonly isAhead: boolean;
  readonly isFailing: boolean;
}

type Model = Readonly<Record<Tag, Expected>>;

const nothing: Expected = { target: undefined, intent: 'none', isAhead: false, isFailing: false };

const expectations: Readonly<Record<Kind, (model: Model, step: Step) => Model>> = {
  label: (model) => model,
  follow(model, step) {
    const before = model[step.tag];
    const isAsked = before.intent !== 'external' || step.asksAgain;
    return set(model, step.tag, {
      intent: 'external',
      ...(isAsked ? { isAhead: true } : {}),
      // A new request outdates the failure, which stays to be seen.
    });
  },
  alias(model, step) {
    const before = model[step.tag];
    if (before.intent === step.source) return model;
    const aliased = set(model, step.tag, { intent: step.source, isAhead: true });
    const { target } = model[step.source];
    if (target === undefined) return aliased;
    return moved(aliased, step.tag, target);
  },
  import(model, step) {
    const before = model[step.tag];
    const target = targetOf(step);
    const isTaken = before.target !== target || before.isAhead || before.intent === 'none';
    const intent = isTaken ? 'external' : before.intent;
    const done = set(model, step.tag, { intent, isFailing: false });
    return isTaken ? moved(done, step.tag, target) : done;
  },
  fail(model, step) {
    const { intent } = model[step.tag];
    return set(model, step.tag, {
      intent: intent === 'none' ? 'external' : intent,
      isAhead: true,
      isFailing: true,
    });
  },
  push: (model, step) => moved(model, step.tag, targetOf(step)),
  forget: (model, step) => set(model, step.tag, { intent: 'none', isAhead: false }),
  delete: (model, step) => ({ ...model, [step.tag]: nothing }),
};

const actions: Readonly<Record<Kind, (before: ImageStream, step: Step) => ImageStream>> = {
  label: (before) =>
    put(before, { ...before, metadata: { ...before.metadata, labels: { a: 'b' } } }),
  follow(before, step) {
    const generation = step.asksAgain ? 0 : null;
    return withTag(before, { ...imported(step.tag, sourceOf(step.tag)), generation });
  },
  alias: (before, step) => withTag(before, tagFrom(step.tag, 'ImageStreamTag', step.source)),
  import: (before, step) =>
    imports(before, step, succeeded(digest(step.pair), repositoryOf(step.tag))),
  fail: (before, step) => imports(before, step, missing(sourceOf(step.tag))),
  push(before, step) {
    const pushed = recordMapping({
      stream: before,
      tag: step.tag,
      image: image(digest(step.pair), repositoryOf(step.tag)),
      existed: false,
      now,
    });
    return pushed.changed ? updated(before, pushed.stream, 'status') : before;
  },
  forget(before, step) {
    const rest = (before.spec.tags ?? []).filter((each) => each.name !== step.tag);
    return put(before, { ...before, spec: { ...before.spec, tags: rest } });
  },
  delete(before, step) {
    const next = deleteTag(before, step.tag);
    return next === undefined ? before : updated(before, next, 'internal');
  },
};

/** Whether a tag follows another, at once or along others. */
function leadsTo(model: Model, from: Tag, to: Tag): boolean {
  const { intent } = model[from];
  return from === to || (intent !== 'external' && intent !== 'none' && leadsTo(model, intent, to));
}

/** Operations by which a follower leaves what it follows. */
const ownSaying: ReadonlySet<Kind> = new Set(['push', 'fail']);

/** What is there already, pushed again, ends a failure only in another generation of the stream. */
function isRepeatedPush(model: Model, step: Step): boolean {
  const { target, isFailing } = model[step.tag];
  return step.kind === 'push' && isFailing && target === targetOf(step);
}

function isFollower({ intent }: Expected): boolean {
  return intent !== 'external' && intent !== 'none';
}

function set(model: Model, name: Tag, change: Partial<Expected>): Model {
  return { ...model, [name]: { ...model[name], ...change } };
}

/** The tag points elsewhere, and so do those that follow it. */
function moved(model: Model, name: Tag, target: string, visited: readonly Tag[] = []): Model {
  const isMove = model[name].target !== target;
  const next = set(model, name, { target, isAhead: false, isFailing: false });
  if (!isMove && visited.length > 0) return next;
  const seen = [...visited, name];
  return tags
    .filter((each) => next[each].intent === name && !seen.includes(each))
    .reduce((result, each) => moved(result, each, target, seen), next);
}

function targetOf(step: Step): string {
  return `${step.pair} of ${step.tag}`;
}

function repositoryOf(name: Tag): string {
  return `quay.io/acme/${name}`;
}

function sourceOf(name: Tag): string {
  return `${repositoryOf(name)}:latest`;
}

function imports(before: ImageStream, { tag }: Step, outcome: ImageImportStatus): ImageStream {
  const record = {
    namespace: 'ns',
    name: 'app',
    spec: { import: true, images: [importSpec(tag, sourceOf(tag))] },
    status: { images: [outcome] },
    now,
  };
  const first = recordImport({ ...record, stream: before });
  const after = first.changed ? updated(before, first.stream, 'internal') : before;
  const second = recordImport({ ...record, stream: after });
  if (second.changed) throw new Error(`the same outcome is recorded twice for ${tag}`);
  return after;
}

function updated(old: ImageStream, next: ImageStream, mode: 'internal' | 'status'): ImageStream {
  return prepareStreamUpdate({ ...context(), next, old, mode }).stream;
}

function start(): ImageStream {
  return prepareStreamCreate({ ...context(), stream: stream() }).stream;
}

function items(of: ImageStream, name: Tag): TagEvent[] {
  return statusTag(of, name)?.items ?? [];
}

function shown(of: ImageStream, name: Tag): Pick<Expected, 'target' | 'isFailing'> {
  const [newest] = items(of, name);
  const [, repository = ''] = /\/acme\/(\w)@/.exec(newest?.dockerImageReference ?? '') ?? [];
  return {
    target: newest === undefined ? undefined : `${newest.image.slice(7, 9)} of ${repository}`,
    isFailing: statusTag(of, name)?.conditions !== undefined,
  };
}

test('whatever happens to a stream, its tags point where a person expects', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      let app = start();
      let model: Model = { a: nothing, b: nothing, c: nothing };
      for (const step of taken) {
        // What a follower was told itself lasts until the followed tag says anything at all.
        if (ownSaying.has(step.kind) && isFollower(model[step.tag])) continue;
        if (step.kind === 'alias' && leadsTo(model, step.source, step.tag)) continue;
        if (isRepeatedPush(model, step)) continue;
        app = actions[step.kind](app, step);
        model = expectations[step.kind](model, step);
        for (const name of tags) {
          const { target, isFailing } = model[name];
          expect(shown(app, name)).toEqual({ target, isFailing });
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('an import is planned exactly for the external tags that were asked for since', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      let app = start();
      const asked = new Set<Tag>();
      for (const step of taken) {
        const before = app.spec.tags?.find((each) => each.name === step.tag)?.from?.kind;
        app = actions[step.kind](app, step);
        if (step.kind === 'follow' && (step.asksAgain || before !== 'DockerImage'))
          asked.add(step.tag);
        else if (step.kind !== 'follow' && step.kind !== 'label') asked.delete(step.tag);
        const pending = (planImport(app)?.images ?? []).map((each) => each.to?.name);
        expect(pending).toEqual(tags.filter((name) => asked.has(name)));
      }
    }),
    { numRuns: 500 },
  );
});

test('generations only rise, no entry is lost, and neighbours always differ', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      let app = start();
      for (const step of taken) {
        const before = app;
        app = actions[step.kind](app, step);
        expect(app.metadata.generation).toBeGreaterThanOrEqual(before.metadata.generation ?? 0);
        const kept = tags.filter((name) => step.kind !== 'delete' || step.tag !== name);
        for (const name of kept) {
          const [older, history] = [items(before, name), items(app, name)];
          // All but the newest entry, which may be changed in place, are still there.
          expect(history.slice(history.length - older.length + 1)).toEqual(older.slice(1));
          expect(history.length).toBeGreaterThanOrEqual(older.length);
        }
        const newest = Math.max(...tags.flatMap((name) => items(app, name)).map(generationOf));
        expect(newest).toBeLessThanOrEqual(app.metadata.generation ?? 0);
        expect(tags.flatMap((name) => repeats(items(app, name)))).toEqual([]);
      }
    }),
    { numRuns: 500 },
  );
});

test('a write that says what is stored changes nothing', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const app = taken.reduce((before, step) => actions[step.kind](before, step), start());
      expect(put(app, app)).toEqual(app);
      expect(updated(app, app, 'internal')).toEqual(app);
      expect(updated(app, app, 'status')).toEqual(app);
    }),
  );
});

function generationOf(item: TagEvent): number {
  return item.generation;
}

function repeats(history: readonly TagEvent[]): TagEvent[] {
  return history.filter((item, index) => {
    const older = history[index + 1];
    return item.image === older?.image && item.dockerImageReference === older.dockerImageReference;
  });
}
