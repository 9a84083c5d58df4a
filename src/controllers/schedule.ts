import { scheduledTags } from '#src/domain/import-plan.ts';
import { referenceOf, repositoryKey } from '#src/domain/reference.ts';
import type { ImageStream } from '#src/domain/types.ts';
import type { LedgerTag } from '#src/store/ledger.ts';

/**
 * The ledger's rows of a stream. A scheduled tag whose pull spec is empty has none: there is nothing to ask for.
 * @param periodMs milliseconds between two checks of a tag
 */
export function scheduleOf(stream: ImageStream, periodMs: number): LedgerTag[] {
  return scheduledTags(stream).flatMap(({ name, from }) => {
    const reference = referenceOf(from?.name ?? '');
    if (reference === undefined) return [];
    return [{ tag: name, from: from?.name ?? '', repository: repositoryKey(reference), periodMs }];
  });
}
