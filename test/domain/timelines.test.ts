import { expect, test } from 'vitest';
import { pushTagEvent, statusTag, trackTag } from '#src/domain/history.ts';
import { planImport } from '#src/domain/import-plan.ts';
import { recordMapping } from '#src/domain/mapping.ts';
import { prepareStreamCreate, prepareStreamUpdate } from '#src/domain/stream-write.ts';
import { deleteTag } from '#src/domain/tag-delete.ts';
import type { ImageImportStatus, ImageStream } from '#src/domain/types.ts';
import { unauthorizedImage } from '#src/domain/import-status.ts';
import {
  context,
  digest,
  history,
  image,
  imported,
  missing,
  put,
  specGeneration,
  stream,
  succeeded,
  tagFrom,
  withImport,
  withTag,
} from './builders.ts';

function created(base: ImageStream): ImageStream {
  return prepareStreamCreate({ ...context(), stream: base }).stream;
}

function push(before: ImageStream, tag: string, pair: string): ImageStream {
  const pushed = recordMapping({
    stream: before,
    tag,
    image: image(digest(pair), 'registry.local/ns/app'),
    existed: false,
    now: 'P',
  });
  return prepareStreamUpdate({ ...context(), next: pushed.stream, old: before, mode: 'status' })
    .stream;
}

function good(pair: string): ImageImportStatus {
  return succeeded(digest(pair));
}

function generations(of: ImageStream): (number | undefined)[] {
  const tags = ['x', 'y'].map((tag) => specGeneration(of, tag) ?? undefined);
  return [of.metadata.generation, ...tags];
}

function isPending(of: ImageStream, tag: string): boolean {
  return planImport(of)?.images?.some((each) => each.to?.name === tag) ?? false;
}

test('a followed tag through good and bad imports, a push, a follower and the loss of its intent', () => {
  let app = created(stream('app', [imported('v')]));
  expect([app.metadata.generation, specGeneration(app, 'v'), history(app, 'v')]).toEqual([
    1,
    1,
    [],
  ]);

  app = withImport(app, 'v', succeeded(digest('aa')));
  expect([app.metadata.generation, specGeneration(app, 'v')]).toEqual([2, 2]);
  expect(history(app, 'v')).toEqual(['2:aa']);

  expect(withImport(app, 'v', succeeded(digest('aa')))).toBe(app);

  app = withImport(app, 'v', succeeded(digest('bb')));
  expect([app.metadata.generation, history(app, 'v')]).toEqual([3, ['3:bb', '2:aa']]);

  app = withTag(app, { ...imported('v'), generation: 0 });
  expect([app.metadata.generation, specGeneration(app, 'v'), isPending(app, 'v')]).toEqual([
    4,
    4,
    true,
  ]);

  app = withImport(app, 'v', { status: unauthorizedImage('quay.io/acme/demo:v') });
  expect([app.metadata.generation, specGeneration(app, 'v'), isPending(app, 'v')]).toEqual([
    5,
    5,
    false,
  ]);
  expect(history(app, 'v')).toEqual(['3:bb', '2:aa']);
  expect(statusTag(app, 'v')?.conditions).toMatchObject([
    { reason: 'Unauthorized', generation: 5 },
  ]);

  app = withImport(app, 'v', succeeded(digest('aa')));
  expect(history(app, 'v')).toEqual(['6:aa', '3:bb', '2:aa']);
  expect(statusTag(app, 'v')?.conditions).toBeUndefined();

  app = push(app, 'v', 'cc');
  expect([app.metadata.generation, history(app, 'v')[0]]).toEqual([6, '6:cc']);

  app = withTag(app, tagFrom('prod', 'ImageStreamTag', 'v'));
  expect([app.metadata.generation, history(app, 'prod')]).toEqual([7, ['7:cc']]);
  expect(statusTag(app, 'prod')?.items?.[0]?.created).toBe('P');

  app = put(app, {
    ...app,
    spec: {
      ...app.spec,
      tags: (app.spec.tags ?? []).map((tag) =>
        tag.name === 'v' ? { ...tag, importPolicy: { ...tag.importPolicy, scheduled: true } } : tag,
      ),
    },
  });
  expect([app.metadata.generation, specGeneration(app, 'v'), isPending(app, 'v')]).toEqual([
    8,
    6,
    false,
  ]);

  app = put(app, {
    ...app,
    spec: { ...app.spec, tags: (app.spec.tags ?? []).filter((tag) => tag.name !== 'v') },
  });
  expect([app.metadata.generation, history(app, 'v').length]).toEqual([9, 4]);
});

test('the generations that a running 4.13 server showed', () => {
  const from = { x: 'quay.io/acme/moving:latest', y: 'quay.io/acme/demo:v1' };

  let g = created(stream('app'));
  expect(
    put(g, { ...g, metadata: { ...g.metadata, labels: { a: 'b' } } }).metadata.generation,
  ).toBe(1);
  g = withTag(g, imported('x', from.x));
  g = withTag(g, imported('y', from.y));
  expect(generations(g)).toEqual([3, 2, 3]);
  g = withImport(g, 'x', good('b3'));
  expect([generations(g), history(g, 'x')]).toEqual([[4, 4, 3], ['4:b3']]);
  expect(withImport(g, 'x', good('b3'))).toBe(g);
  g = withImport(g, 'y', good('ea'));
  expect([generations(g), history(g, 'y')]).toEqual([[5, 4, 5], ['5:ea']]);
  g = withImport(g, 'x', good('89'));
  expect([generations(g), history(g, 'x')]).toEqual([
    [6, 6, 5],
    ['6:89', '4:b3'],
  ]);
  expect(withImport(g, 'x', good('89'))).toBe(g);
  g = withTag(g, { ...imported('x', from.x), generation: 0 });
  g = withTag(g, { ...imported('x', from.x), generation: 0 });
  expect([generations(g), isPending(g, 'x')]).toEqual([[8, 8, 5], true]);
  g = withImport(g, 'x', good('89'));
  expect([generations(g), history(g, 'x')]).toEqual([
    [9, 9, 5],
    ['9:89', '4:b3'],
  ]);
  g = withTag(g, tagFrom('copy', 'ImageStreamImage', `app@${digest('89')}`));
  expect([specGeneration(g, 'copy'), history(g, 'copy')]).toEqual([10, ['10:89']]);
  g = withTag(g, tagFrom('al', 'ImageStreamTag', 'app:x'));
  expect([history(g, 'al'), history(g, 'x')]).toEqual([['11:89'], ['11:89', '4:b3']]);
  g = withImport(g, 'x', good('b3'));
  expect(history(g, 'x')).toEqual(['12:b3', '11:89', '4:b3']);
  expect(history(g, 'al')).toEqual(['12:b3', '11:89']);
  g = push(g, 'x', '11');
  expect(history(g, 'x')).toEqual(['12:11', '12:b3', '11:89', '4:b3']);
  expect(history(g, 'al')).toEqual(['12:11', '12:b3', '11:89']);
  g = push(push(push(g, 'new', '11'), 'copy', '22'), 'al', '33');
  expect([history(g, 'new'), history(g, 'copy')]).toEqual([['12:11'], ['12:22', '10:89']]);
  expect(history(g, 'al')[0]).toBe('12:33');
  g = internal(g, deleteTag(g, 'new'));
  expect([g.metadata.generation, history(g, 'new')]).toEqual([12, []]);
  g = internal(g, deleteTag(g, 'copy'));
  expect([g.metadata.generation, specGeneration(g, 'copy'), history(g, 'copy')]).toEqual([
    13,
    undefined,
    [],
  ]);
  g = put(g, { ...g, spec: { ...g.spec, lookupPolicy: { local: true } } });
  g = put(
    g,
    withTags(g, (tag) => (tag.name === 'x' ? { ...tag, annotations: { a: 'b' } } : tag)),
  );
  g = put(
    g,
    withTags(g, (tag) => (tag.name === 'x' ? { ...tag, referencePolicy: { type: 'Local' } } : tag)),
  );
  expect(generations(g)).toEqual([16, 12, 5]);
  expect(
    put(
      g,
      withTags(g, (tag) => ({ ...tag, generation: null })),
    ),
  ).toEqual(g);
  g = put(
    g,
    withTags(g, (tag) => ({ ...tag, generation: 0 })),
  );
  expect([generations(g), specGeneration(g, 'al')]).toEqual([[17, 17, 17], 17]);
  expect([isPending(g, 'x'), isPending(g, 'y'), history(g, 'al')[0]]).toEqual([
    true,
    true,
    '12:33',
  ]);
  expect(
    put(
      g,
      withTags(g, (tag) => ({ ...tag, generation: 999 })),
    ),
  ).toEqual(g);
  expect(put(g, { ...g, metadata: { ...g.metadata, generation: 77 } })).toEqual(g);

  g = withTag(g, imported('fail', 'quay.io/acme/demo:gone'));
  g = withImport(g, 'fail', missing());
  expect([g.metadata.generation, specGeneration(g, 'fail')]).toEqual([19, 19]);
  expect(statusTag(g, 'fail')).toMatchObject({ items: null, conditions: [{ generation: 19 }] });
  expect(withImport(g, 'fail', missing())).toBe(g);
  g = withTag(g, imported('fail', 'quay.io/acme/demo:v1.1'));
  g = withImport(g, 'fail', good('59'));
  expect([history(g, 'fail'), statusTag(g, 'fail')?.conditions]).toEqual([['21:59'], undefined]);
  g = withTag(g, imported('fail', 'quay.io/acme/demo:gone'));
  g = withImport(g, 'fail', missing());
  expect([g.metadata.generation, history(g, 'fail')]).toEqual([23, ['21:59']]);
  expect(statusTag(g, 'fail')?.conditions).toMatchObject([{ reason: 'NotFound', generation: 23 }]);
  for (const pair of ['11', 'ea', '11'])
    g = withTag(g, tagFrom('pin', 'ImageStreamImage', `app@${digest(pair)}`));
  expect(history(g, 'pin')).toEqual(['26:11', '25:ea', '24:11']);
});

test('a failure that repeats after somebody asked again is marked as tried', () => {
  let app = withImport(created(stream('app', [imported('v')])), 'v', missing());
  const [first] = statusTag(app, 'v')?.conditions ?? [];
  app = withTag(app, { ...imported('v'), generation: 0 });
  expect(isPending(app, 'v')).toBe(true);
  app = withImport(app, 'v', missing(), '2026-01-11T00:00:00Z');
  expect(isPending(app, 'v')).toBe(false);
  const [second] = statusTag(app, 'v')?.conditions ?? [];
  expect(second).toEqual({ ...first, generation: app.metadata.generation });
  expect(withImport(app, 'v', missing(), '2026-01-12T00:00:00Z')).toBe(app);
});

test('deleting a followed tag leaves its followers their last item', () => {
  let app = created(stream('app', [imported('v'), tagFrom('prod', 'ImageStreamTag', 'v')]));
  app = trackTag(
    pushTagEvent(app, 'v', {
      created: 'T',
      dockerImageReference: 'r',
      image: digest('aa'),
      generation: 1,
    }),
    'v',
  );
  app = internal(app, deleteTag(app, 'v'));
  expect([history(app, 'v'), history(app, 'prod')]).toEqual([[], ['1:aa']]);
});

function withTags(
  of: ImageStream,
  change: (
    tag: NonNullable<ImageStream['spec']['tags']>[number],
  ) => NonNullable<ImageStream['spec']['tags']>[number],
): ImageStream {
  return { ...of, spec: { ...of.spec, tags: (of.spec.tags ?? []).map(change) } };
}

function internal(old: ImageStream, next: ImageStream | undefined): ImageStream {
  if (next === undefined) throw new Error('there was nothing to change');
  return prepareStreamUpdate({ ...context(), next, old, mode: 'internal' }).stream;
}
