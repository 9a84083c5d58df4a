import type { ImageStream } from '#src/domain/types.ts';
import type { CheckOutcome } from '#src/importer/importer.ts';
import type { LedgerRow } from '#src/store/ledger.ts';

import type { ImportDeps } from '../import/deps.ts';
import { count } from '../import/follow-up.ts';
import { recordOutcomes, type KnownOutcome } from './record-outcomes.ts';

export interface FailedCheck {
  readonly row: LedgerRow;
  readonly outcome: CheckOutcome;
}

/** Puts failures of checks on record as failed imports of these tags; the same failure a second time writes nothing. */
export async function recordFailures(
  deps: ImportDeps,
  stream: ImageStream,
  failed: readonly FailedCheck[],
  signal: AbortSignal,
): Promise<void> {
  const known = failed.flatMap(({ row: { tag, from }, outcome }): KnownOutcome[] => {
    if (outcome.kind !== 'failed') return [];
    const { status } = outcome;
    return [{ tag, from, outcomeOf: () => Promise.resolve({ status }) }];
  });
  if (known.length === 0) return;
  const recorded = await recordOutcomes(deps, stream, known, signal);
  count(
    deps,
    recorded.map((each) => ({ ...each, scheduled: true })),
  );
}
