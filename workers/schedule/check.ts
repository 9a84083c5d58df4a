import { identityOf } from '#src/controllers/streams.ts';
import { scheduleOf } from '#src/controllers/schedule.ts';
import { importCondition, needsImport, specTag, statusTag } from '#src/domain/history.ts';
import { planImport, scheduledTags } from '#src/domain/import-plan.ts';
import { isHeld } from '#src/domain/hold.ts';
import type { ImageStream, TagEvent } from '#src/domain/types.ts';
import type { CheckOutcome, ImportOutcome } from '#src/importer/importer.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import type { JobContext } from '#src/queue/consumer.ts';
import type { CheckRepositoryJob } from '#src/queue/jobs.ts';
import { retryPauseMs } from '#src/queue/retry.ts';
import { imageStreamKey } from '#src/resources/imagestreams/streams.ts';
import type { LedgerCheck, LedgerRow } from '#src/store/ledger.ts';

import type { ImportDeps } from '../import/deps.ts';
import { count, registryOf } from '../import/follow-up.ts';
import { pullSecrets } from '../import/pull-secrets.ts';
import { importPlanned, type TagsImport } from '../import/stream-job.ts';
import { recordFailures } from './record-failures.ts';

/** A row whose tag is still to be checked, with its stream. */
interface Due {
  readonly row: LedgerRow;
  readonly stream: ImageStream;
}

interface Checked extends Due {
  readonly outcome: CheckOutcome;
}

/**
 * Checks scheduled tags of one repository with one HEAD each. What moved is imported; what did not costs no write. A
 * failure is written when it is first seen.
 */
export async function checkRepository(
  deps: ImportDeps,
  { tags }: CheckRepositoryJob,
  context: JobContext,
): Promise<void> {
  const due = await stillDue(deps, await deps.ledger.rows(tags));
  const checked = await askAll(deps, due, context.signal);
  context.signal.throwIfAborted();
  const byStream = Map.groupBy(checked, ({ stream }) => stream.metadata.uid ?? '');
  for (const ofStream of byStream.values()) {
    const checks = await settle(deps, ofStream, context.signal);
    await deps.ledger.record(checks);
  }
}

/** Leaves out what is scheduled no more, and takes it out of the ledger. */
async function stillDue(deps: ImportDeps, rows: readonly LedgerRow[]): Promise<Due[]> {
  const { objects, ledger, clock } = deps;
  const due: Due[] = [];
  for (const ofStream of Map.groupBy(rows, ({ uid }) => uid).values()) {
    const [first] = ofStream;
    if (first === undefined) continue;
    const { namespace, name, uid, periodMs } = first;
    const found = await objects.get<ImageStream>(imageStreamKey(namespace, name));
    const stream = found?.metadata.uid === uid ? found : undefined;
    const scheduled = stream === undefined ? [] : scheduleOf(stream, periodMs);
    const isCurrent = (row: LedgerRow): boolean =>
      scheduled.some(({ tag, from }) => tag === row.tag && from === row.from);
    if (!ofStream.every(isCurrent)) {
      const identity = found === undefined ? { namespace, name, uid } : identityOf(found);
      const wanted = found === undefined ? [] : scheduleOf(found, periodMs);
      await ledger.put(identity, wanted, clock.now());
    }
    if (stream === undefined) continue;
    for (const row of ofStream.filter(isCurrent)) due.push({ row, stream });
  }
  return due;
}

async function askAll(
  deps: ImportDeps,
  due: readonly Due[],
  signal: AbortSignal,
): Promise<Checked[]> {
  const { objects, importer, clock, metrics } = deps;
  const checked: Checked[] = [];
  for (const [namespace, ofNamespace] of Map.groupBy(due, ({ row }) => row.namespace)) {
    const secrets = await pullSecrets(objects, namespace);
    const items = ofNamespace.map(({ row, stream }) => ({
      from: row.from,
      importPolicy: specTag(stream, row.tag)?.importPolicy ?? {},
      ...(row.digest === undefined ? {} : { known: row.digest }),
    }));
    const now = rfc3339(clock.now());
    const outcomes = await importer.check(items, { secrets, now, signal });
    for (const [index, each] of ofNamespace.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) continue;
      metrics.checked(outcome.kind, registryOf(each.row.from));
      checked.push({ ...each, outcome });
    }
  }
  return checked;
}

/** Brings one stream up to what the checks saw; answers what the ledger is to note. */
async function settle(
  deps: ImportDeps,
  checked: readonly Checked[],
  signal: AbortSignal,
): Promise<LedgerCheck[]> {
  const [first] = checked;
  if (first === undefined) return [];
  const failed = checked.filter(({ outcome }) => outcome.kind === 'failed');
  await recordFailures(deps, first.stream, failed, signal);
  const now = rfc3339(deps.clock.now());
  const moved = checked
    .filter((each) => !isOnHold(each, now) && hasNews(each))
    .map(({ row }) => row.tag);
  const imported =
    moved.length === 0 ? undefined : await importTags(deps, first.stream, moved, signal);
  return checked.map((each) => checkOf(deps, each, imported));
}

/** The tag moved, or it is reachable again after a failure. What an import is queued for anyway is left to it. */
function hasNews({ row, stream, outcome }: Checked): boolean {
  if (outcome.kind === 'failed') return false;
  const spec = specTag(stream, row.tag);
  const status = statusTag(stream, row.tag);
  if (spec !== undefined && needsImport(spec, status)) return false;
  return (
    outcome.kind === 'changed' ||
    importCondition(status) !== undefined ||
    isBehind(status?.items?.[0], outcome.digest)
  );
}

/** A rollback whose hold has ended; what the ledger has seen is newer than the tag. */
function isBehind(newest: TagEvent | undefined, upstream: string): boolean {
  return newest?.cause === 'rollback' && newest.image !== upstream;
}

function isOnHold({ row, stream, outcome }: Checked, now: string): boolean {
  const upstream = outcome.kind === 'failed' ? undefined : outcome.digest;
  return isHeld(specTag(stream, row.tag), now, upstream);
}

async function importTags(
  deps: ImportDeps,
  stream: ImageStream,
  tags: readonly string[],
  signal: AbortSignal,
): Promise<TagsImport | undefined> {
  const done = await importPlanned(
    deps,
    { ...identityOf(stream), scheduled: true },
    signal,
    (fresh) => {
      const scheduled = new Set(scheduledTags(fresh).map(({ name }) => name));
      return planImport(fresh, { tags: tags.filter((tag) => scheduled.has(tag)) });
    },
  );
  if (done !== undefined) count(deps, done.asked.tags);
  return done;
}

function checkOf(
  { clock }: ImportDeps,
  checked: Checked,
  imported: TagsImport | undefined,
): LedgerCheck {
  const { row, outcome } = checked;
  const { namespace, name, uid, tag } = row;
  const check = { namespace, name, uid, tag, checkedAt: clock.now() };
  const answer = imported?.asked.tags.find((each) => each.tag === tag)?.outcome;
  if (answer !== undefined) return { ...check, ...noteOfImport(answer, row, clock.now()) };
  if (outcome.kind === 'failed')
    return { ...check, ...noteOfFailure(outcome.status, retryOf(outcome, row, clock.now())) };
  if (isOnHold(checked, rfc3339(clock.now()))) return { ...check, seen: outcome.digest };
  return outcome.kind === 'unchanged' ? { ...check, digest: outcome.digest } : check;
}

function noteOfImport(outcome: ImportOutcome, row: LedgerRow, now: number): Partial<LedgerCheck> {
  const { status, upstreamDigest } = outcome;
  if (status.status !== 'Success') return noteOfFailure(status, retryOf(outcome, row, now));
  return upstreamDigest === undefined ? {} : { digest: upstreamDigest };
}

function noteOfFailure(
  { reason, message = '' }: ImportOutcome['status'],
  retryAt: number | undefined,
): Partial<LedgerCheck> {
  return {
    failure: `${reason ?? 'Unknown'}: ${message}`,
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}

/** Before the next turn, where the failure may pass by itself and the turn is far. */
function retryOf(
  { temporary, retryAfterMs = 0 }: { readonly temporary?: boolean; readonly retryAfterMs?: number },
  { failures, periodMs }: LedgerRow,
  now: number,
): number | undefined {
  if (temporary !== true) return undefined;
  const pause = retryPauseMs(failures, retryAfterMs, Math.random);
  return pause === undefined || pause >= periodMs ? undefined : now + pause;
}
