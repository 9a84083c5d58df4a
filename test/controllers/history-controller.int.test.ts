import { afterAll, beforeAll, expect, test } from 'vitest';

import { HistoryController } from '#src/controllers/history-controller.ts';
import { historyEntriesAnnotation } from '#src/domain/retention.ts';
import type { ImageStream } from '#src/domain/types.ts';
import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import type { Objects } from '#src/store/objects.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import { startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';

import { imageStream, streamKeyOf } from './support/streams.ts';

let database: TestDatabase;
let record: RecordDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
  record = await openRecord({ connection: database.connection, logger: silentLogger });
});
afterAll(async () => {
  await record.close();
  await database.stop();
});

const signal = new AbortController().signal;
const clock = { ...systemClock, now: () => Date.parse('2026-01-10T12:00:00Z') };

/** One entry a day, the newest on the 10th. */
function stream(name: string, entries: number, annotations = {}): ImageStream {
  const items = Array.from({ length: entries }, (_, index) => ({
    created: `2026-01-${String(10 - index).padStart(2, '0')}T00:00:00Z`,
    dockerImageReference: `quay.io/a/b@sha256:${index}`,
    image: `sha256:${index}`,
    generation: 1,
  }));
  const status = { dockerImageRepository: '', tags: [{ tag: 'v1', items }] };
  const made = imageStream(name, [], { status });
  return { ...made, metadata: { ...made.metadata, annotations } };
}

async function stored(name: string): Promise<ImageStream> {
  const found = await record.objects.get<ImageStream>(streamKeyOf(stream(name, 0)));
  if (found === undefined) throw new Error(`${name} is gone`);
  return found;
}

async function entriesOf(name: string): Promise<number> {
  return (await stored(name)).status.tags?.[0]?.items?.length ?? 0;
}

test('histories are bounded where nobody writes, by the server and by their streams', async () => {
  const own = { [historyEntriesAnnotation]: '1' };
  const made = [stream('aged', 5), stream('counted', 5, own), stream('short', 2)];
  for (const each of made) await record.objects.create(streamKeyOf(each), each);
  const before = await stored('short');
  const controller = new HistoryController({
    objects: record.objects,
    clock,
    retention: { ageSeconds: 2 * 86_400 },
  });
  await controller.sweep(signal);
  // Replaced on the 10th and on the 9th; the others longer ago.
  expect(await entriesOf('aged')).toBe(3);
  expect(await entriesOf('counted')).toBe(1);
  expect(await stored('short')).toEqual(before);
});

test('a stream that was written meanwhile is left to that write', async () => {
  const made = await record.objects.create(streamKeyOf(stream('busy', 5)), stream('busy', 5));
  const objects: Pick<Objects, 'list' | 'update'> = {
    list: (range, options) => record.objects.list(range, options),
    async update(key, object) {
      await record.objects.update(streamKeyOf(made), {
        ...made,
        metadata: { ...made.metadata, labels: { a: 'b' } },
      });
      return record.objects.update(key, object);
    },
  };
  await new HistoryController({ objects, clock, retention: { entries: 1 } }).sweep(signal);
  expect(await entriesOf('busy')).toBe(5);
});

test('more streams than one page holds are gone through to the last', async () => {
  for (let index = 0; index < 205; index += 1) {
    const each = stream(`many-${String(index).padStart(3, '0')}`, 2);
    await record.objects.create(streamKeyOf(each), each);
  }
  const controller = new HistoryController({
    objects: record.objects,
    clock,
    retention: { entries: 1 },
  });
  await controller.sweep(signal);
  expect(await entriesOf('many-000')).toBe(1);
  expect(await entriesOf('many-204')).toBe(1);
});
