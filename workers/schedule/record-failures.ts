import { planImport } from '#src/domain/import-plan.ts';
import type { ImageStream } from '#src/domain/types.ts';
import type { CheckOutcome } from '#src/importer/importer.ts';
import { imageStreamKey } from '#src/resources/imagestreams/streams.ts';
import type { LedgerRow } from '#src/store/ledger.ts';

import type { ImportDeps } from '../import/deps.ts';
import { count } from '../import/follow-up.ts';
import { isConflict } from '../import/recorder.ts';

export interface FailedCheck {
  readonly row: LedgerRow;
  readonly outcome: CheckOutcome;
}

const maxConflicts = 10;

/** Puts failures of checks on record as failed imports of these tags; the same failure a second time writes nothing. */
export async function recordFailures(
  deps: ImportDeps,
  stream: ImageStream,
  failed: readonly FailedCheck[],
  signal: AbortSignal,
): Promise<void> {
  const statuses = new Map(
    failed.flatMap(({ row, outcome }) =>
      outcome.kind === 'failed' ? [[row.tag, { row, status: outcome.status }] as const] : [],
    ),
  );
  if (statuses.size === 0) return;
  const { namespace = '', name = '', uid } = stream.metadata;
  let current: ImageStream | undefined = stream;
  for (let conflicts = 0; conflicts <= maxConflicts; conflicts += 1) {
    if (current === undefined || current.metadata.uid !== uid) return;
    const plan = planImport(current, { tags: [...statuses.keys()] });
    const images = (plan?.images ?? []).filter(
      ({ to, from }) => statuses.get(to?.name ?? '')?.row.from === from.name,
    );
    const outcomes = images.flatMap(({ to }) => {
      const found = statuses.get(to?.name ?? '');
      return found === undefined ? [] : [{ status: found.status }];
    });
    if (images.length === 0) return;
    try {
      const spec = { import: true, images };
      await deps.recorder.store({
        namespace,
        name,
        stream: current,
        spec,
        signal,
        status: { images: outcomes },
      });
      count(
        deps,
        images.map(({ to, from }, index) => ({
          tag: to?.name ?? '',
          from: from.name ?? '',
          scheduled: true,
          outcome: outcomes[index] ?? { status: { metadata: {} } },
        })),
      );
      return;
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
    current = await deps.objects.get<ImageStream>(imageStreamKey(namespace, name));
  }
  throw new Error(`${namespace}/${name} is written too often to record failed checks`);
}
