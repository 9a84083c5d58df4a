import { compareText } from './history.ts';
import { defaultTag } from './types.ts';

interface Version {
  /** Major, minor and patch as written, without leading zeros. */
  readonly numbers: readonly string[];
  readonly preRelease: readonly string[];
}

interface RankedTag {
  readonly tag: string;
  readonly rank: number;
  readonly version?: Version;
}

const number = '(0|[1-9]\\d*)';
const minorShape = new RegExp(`^v?${number}\\.${number}(?:-(\\w+))?$`);
const fullShape = new RegExp(
  `^v?${number}\\.${number}\\.${number}(?:-([0-9A-Za-z.-]+))?(?:\\+[0-9A-Za-z.-]+)?$`,
);

/** Tags of a repository that one import takes by default. */
export const defaultRepositoryLimit = 50;

/**
 * The order in which a repository's tags are imported: `latest`, then `X.Y` newest first, then `X.Y.Z` newest first,
 * then the rest by name; an optional leading `v` does not count, only ties put it second. Empty names become `latest`,
 * and every tag comes once. Source: openshift/library-go imageutil PrioritizeTags.
 */
export function prioritizeTags(tags: readonly string[]): string[] {
  const names = new Set(tags.map((tag) => (tag === '' ? defaultTag : tag)));
  return [...names]
    .map(rankedTag)
    .toSorted(compareRanked)
    .map(({ tag }) => tag);
}

export interface LimitedTags {
  readonly tags: readonly string[];
  /** What the limit left out, in the same order. */
  readonly additional: readonly string[];
}

/**
 * The part of a repository that one import takes. A limit of -1 takes all, 0 takes nothing and leaves nothing over. A
 * tag that the same import brings anyway is never left over.
 */
export function limitTags(
  tags: readonly string[],
  limit: number,
  alreadyImported: ReadonlySet<string> = new Set(),
): LimitedTags {
  if (limit === 0) return { tags: [], additional: [] };
  if (limit < 0) return { tags, additional: [] };
  const isTaken = (tag: string, index: number): boolean =>
    index < limit || alreadyImported.has(tag);
  return {
    tags: tags.filter(isTaken),
    additional: tags.filter((tag, index) => !isTaken(tag, index)),
  };
}

function rankedTag(tag: string): RankedTag {
  if (tag === defaultTag) return { tag, rank: 0 };
  const minor = minorShape.exec(tag);
  if (minor !== null) return ranked(tag, 1, [...minor.slice(1, 3), '0'], minor[3]);
  const full = fullShape.exec(tag);
  if (full !== null) return ranked(tag, 2, full.slice(1, 4), full[4]);
  return { tag, rank: 3 };
}

function ranked(
  ...[tag, rank, numbers, suffix]: [
    tag: string,
    rank: number,
    numbers: readonly string[],
    suffix: string | undefined,
  ]
): RankedTag {
  const preRelease = suffix === undefined ? [] : suffix.split('.');
  return preRelease.every(isIdentifier)
    ? { tag, rank, version: { numbers, preRelease } }
    : { tag, rank: 3 };
}

// SemVer forbids empty identifiers, and leading zeros in numeric ones.
function isIdentifier(text: string): boolean {
  return /^[0-9A-Za-z-]+$/.test(text) && !/^0\d+$/.test(text);
}

function compareRanked(a: RankedTag, b: RankedTag): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  const newestFirst =
    a.version === undefined || b.version === undefined ? 0 : compareVersions(b.version, a.version);
  // `v` sorts after every digit, so that the plain text order puts the un-prefixed tag first.
  return newestFirst === 0 ? compareText(a.tag, b.tag) : newestFirst;
}

function compareVersions(a: Version, b: Version): number {
  for (const [index, part] of a.numbers.entries()) {
    const order = compareNumbers(part, b.numbers[index] ?? '0');
    if (order !== 0) return order;
  }
  if (a.preRelease.length === 0 || b.preRelease.length === 0)
    return b.preRelease.length - a.preRelease.length;
  return comparePreReleases(a.preRelease, b.preRelease);
}

function comparePreReleases(a: readonly string[], b: readonly string[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const order = compareIdentifiers(part, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareIdentifiers(a: string, b: string): number {
  const [aNumeric, bNumeric] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (aNumeric && bNumeric) return compareNumbers(a, b);
  if (aNumeric !== bNumeric) return aNumeric ? -1 : 1;
  return compareText(a, b);
}

// Without leading zeros the longer number is the larger one, however many digits it has.
function compareNumbers(a: string, b: string): number {
  return a.length - b.length || compareText(a, b);
}
