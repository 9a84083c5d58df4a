import { minAgeMs, scheduleOf } from '#src/domain/schedule.ts';
import { specTag } from '#src/domain/history.ts';
import type { ImageStream, TagReference } from '#src/domain/types.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { imageStreamKey } from '#src/resources/imagestreams/streams.ts';
import type { LedgerRow, LedgerStream } from '#src/store/ledger.ts';

import type { ImportDeps } from '../import/deps.ts';

/** A row whose tag is still to be checked, with its stream as it was before anybody asked. */
export interface Due {
  readonly row: LedgerRow;
  readonly stream: ImageStream;
  readonly spec: TagReference;
  /** Milliseconds for which a digest must have been seen; 0 is none. */
  readonly minAgeMs: number;
}

/**
 * Leaves out what was checked meanwhile (a job may be done twice), and what is scheduled no more, which is taken out of
 * the ledger.
 */
export async function stillDue(deps: ImportDeps, rows: readonly LedgerRow[]): Promise<Due[]> {
  const waiting = rows.filter(({ dueAt, readAt }) => dueAt <= readAt);
  const namespaces = await namespacesOf(deps, waiting);
  const byStream = [...Map.groupBy(waiting, ({ uid }) => uid).values()];
  const found = await Promise.all(
    byStream.flatMap((ofStream) => {
      const [first] = ofStream;
      return first === undefined ? [] : [dueOfStream(deps, first, ofStream, namespaces)];
    }),
  );
  await deps.ledger.remove(found.flatMap(({ gone }) => gone));
  return found.flatMap(({ due }) => due);
}

async function namespacesOf(
  { objects }: ImportDeps,
  rows: readonly LedgerRow[],
): Promise<ReadonlyMap<string, KubeObject | undefined>> {
  const names = [...new Set(rows.map(({ namespace }) => namespace))];
  return new Map(
    await Promise.all(
      names.map(async (name) => {
        const key = { resource: 'namespaces', namespace: '', name };
        return [name, await objects.get(key)] as const;
      }),
    ),
  );
}

async function dueOfStream(
  { objects }: ImportDeps,
  { namespace, name, uid }: LedgerStream,
  rows: readonly LedgerRow[],
  namespaces: ReadonlyMap<string, KubeObject | undefined>,
): Promise<{ readonly due: Due[]; readonly gone: LedgerRow[] }> {
  const stream = await objects.get<ImageStream>(imageStreamKey(namespace, name));
  if (stream?.metadata.uid !== uid) return { due: [], gone: [...rows] };
  const scheduled = new Map(scheduleOf(stream, 1).map(({ tag, from }) => [tag, from]));
  const annotations = namespaces.get(namespace)?.metadata.annotations;
  const due: Due[] = [];
  const gone: LedgerRow[] = [];
  for (const row of rows) {
    const spec = scheduled.get(row.tag) === row.from ? specTag(stream, row.tag) : undefined;
    if (spec !== undefined)
      due.push({ row, stream, spec, minAgeMs: minAgeMs(spec, stream, annotations) });
    // One that follows another image now is entered anew by the controller.
    else if (!scheduled.has(row.tag)) gone.push(row);
  }
  return { due, gone };
}
