import type { HistoryEntry, TagCheck, TagHistory } from '#src/domain/views/history.ts';
import { humanDuration } from '#src/meta/duration.ts';
import { ago } from '../output/age.ts';
import { alignColumns } from '../output/table.ts';

/**
 * Why a tag is where it is and what it waits for, one fact a line.
 * @param name `STREAM:TAG`, as it was asked for
 * @param now milliseconds
 */
export function whyText(name: string, history: TagHistory, now: number): string {
  const rows: [string, string][] = [
    ['Tag:', name],
    ...imageRows(history, now),
    ['Follows:', followsText(history)],
    ...checkRows(history, now),
    ...holdRows(name, history, now),
    ...secretRows(history),
    ...unusedRows(history),
    ...registryRows(history, now),
    ['Waits for:', waitsText(name, history, now)],
  ];
  return alignColumns(rows);
}

const causeTexts: Readonly<Record<string, string>> = {
  import: 'imported',
  schedule: 'found by a scheduled check',
  mapping: 'pushed',
  tag: 'tagged',
  rollback: 'rolled back',
  status: 'written into the status',
};

function imageRows({ entries }: TagHistory, now: number): [string, string][] {
  const [newest] = entries;
  if (newest === undefined) return [['Image:', 'none yet']];
  const how = newest.cause === undefined ? '' : `, ${causeTexts[newest.cause] ?? newest.cause}`;
  const who = newest.by === undefined ? '' : ` by ${newest.by}`;
  const access = newest.secret === undefined ? '' : ` ${withText(newest.secret)}`;
  return [
    ['Image:', newest.image === '' ? newest.dockerImageReference : newest.image],
    ['Since:', `${ago(newest.created, now)}${how}${who}${access} (revision ${newest.revision})`],
  ];
}

function withText(secret: string): string {
  return secret === '' ? 'without credentials' : `with the pull secret ${secret}`;
}

function followsText({ from, scheduled }: TagHistory): string {
  if (from === undefined) return 'nothing; it moves when somebody pushes or tags';
  const source = from.namespace === undefined ? from.name : `${from.namespace}/${from.name ?? ''}`;
  if (from.kind === 'ImageStreamTag') return `the tag ${source ?? ''}, and moves with it`;
  if (from.kind === 'ImageStreamImage') return `nothing; it is pinned to ${source ?? ''}`;
  return scheduled
    ? `${source ?? ''}, checked on a schedule`
    : `${source ?? ''}, imported when asked for (not scheduled)`;
}

function checkRows({ check, condition, entries }: TagHistory, now: number): [string, string][] {
  const failure: [string, string][] =
    condition === undefined
      ? []
      : [
          [
            'Last import:',
            `failed ${ago(condition.lastTransitionTime, now)}: ${condition.reason ?? 'Unknown'}: ${condition.message ?? ''}`,
          ],
        ];
  if (check === undefined) return failure;
  const upstream = check.heldBack ?? check.digest;
  return [
    ...failure,
    ['Last check:', lastCheckText(check, entries, now)],
    ...accessRows(check),
    ...(upstream === undefined ? [] : [['Upstream:', upstream] satisfies [string, string]]),
    ...(check.candidates ?? []).map(({ digest, firstSeen }): [string, string] => [
      'Too young:',
      `${digest}, first seen ${ago(firstSeen, now)}`,
    ]),
    ['Next check:', inText(check.nextCheck, now)],
  ];
}

function lastCheckText(
  { lastCheck, failures, failure, heldBack }: TagCheck,
  [newest]: readonly HistoryEntry[],
  now: number,
): string {
  if (lastCheck === undefined) return 'none yet';
  const when = ago(lastCheck, now);
  if (failure !== undefined)
    return `${when}, failed${failures > 1 ? ` ${failures} times in a row` : ''}: ${failure}`;
  if (heldBack !== undefined) return `${when}, the tag is held back`;
  return newest?.cause === 'rollback' && (newest.created ?? '') >= lastCheck
    ? `${when}, before the rollback`
    : `${when}, the tag is up to date`;
}

/** Whose credentials the registry took, or did not. */
function accessRows({ access }: TagCheck): [string, string][] {
  if (access === undefined) return [];
  const names = access.secrets.map(({ secret, registry }) => `${secret} (for ${registry})`);
  if (access.kind === 'secret') return [['Access:', `with the pull secret ${names.join(', ')}`]];
  if (access.kind === 'anonymous' || names.length === 0)
    return [
      [
        'Access:',
        access.kind === 'refused' ? 'refused without credentials' : 'without credentials',
      ],
    ];
  return [['Access:', `refused with ${names.join(', ')}`]];
}

function holdRows(name: string, { hold }: TagHistory, now: number): [string, string][] {
  if (hold === undefined) return [];
  const release = `"sluice rollback --release ${name}" lifts it`;
  if (!hold.active) return [['Hold:', `over; ${release} for good`]];
  const newer =
    hold.untilNotDigest === undefined ? '' : `, or until upstream is not ${hold.untilNotDigest}`;
  const end =
    hold.until === undefined
      ? 'until it is released'
      : `until ${hold.until} (${inText(hold.until, now)})`;
  return [['Hold:', `${end}${newer}; ${release}`]];
}

function secretRows({ secrets, from }: TagHistory): [string, string][] {
  if (secrets === undefined || from?.kind !== 'DockerImage') return [];
  if (secrets.length === 0)
    return [['Secrets:', 'none matches the registry: it is asked without credentials']];
  return [['Secrets:', `${secrets.join(', ')} (tried in this order)`]];
}

function unusedRows({ unused = [] }: TagHistory): [string, string][] {
  return unused.map(({ secret, key, problem }) => ['Not used:', `${key} of ${secret}: ${problem}`]);
}

function registryRows({ registry }: TagHistory, now: number): [string, string][] {
  if (registry === undefined) return [];
  const { name, phase, until, reason } = registry;
  const who = phase === 'Paused' ? 'asked by nobody' : 'left alone by the schedule';
  const why = reason === undefined ? '' : `: ${reason}`;
  return [['Registry:', `${name} is ${who} until ${until} (${inText(until, now)})${why}`]];
}

function waitsText(name: string, history: TagHistory, now: number): string {
  const { pending, hold, check, condition, entries, scheduled } = history;
  const paused = pausedText(history, now);
  if (hold?.active === true && !pending) return 'the end of its hold';
  if (paused !== undefined) return paused;
  if (pending) return 'its import, which is queued';
  if (check?.failure !== undefined)
    return `the next check ${inText(check.nextCheck, now)}; "sluice import-image ${name}" tries at once`;
  if (condition !== undefined && !scheduled)
    return `somebody to try again: sluice import-image ${name}`;
  if (check !== undefined) return nextText(check, now);
  return entries.length === 0 ? 'the first push, tag or import' : 'nothing';
}

/** Where nobody asks the registry from which something is wanted. */
function pausedText(
  { registry, pending, check, condition }: TagHistory,
  now: number,
): string | undefined {
  const isWanted = pending || check !== undefined || condition !== undefined;
  if (registry?.phase !== 'Paused' || !isWanted) return undefined;
  return `its registry, which is asked again ${inText(registry.until, now)}`;
}

function nextText({ candidates = [], nextCheck }: TagCheck, now: number): string {
  return candidates.length > 0
    ? "upstream's image to reach the minimum age (sluice.dev/min-age)"
    : `the next check ${inText(nextCheck, now)}`;
}

/** `in 12 minutes`, `in about an hour`, `now` */
function inText(time: string, now: number): string {
  const left = Date.parse(time) - now;
  return left <= 0 ? 'now' : `in ${humanDuration(left).toLowerCase()}`;
}
