import { importCondition, observedGeneration, specTag, statusTag } from '#src/domain/history.ts';
import { holdOf, isHeld } from '#src/domain/hold.ts';
import { prioritizeTags } from '#src/domain/import-order.ts';
import type { TagCheck } from '#src/domain/views/history.ts';
import type { ImageStream, NamedTagEventList, TagEvent, TagReference } from '#src/domain/types.ts';
import { followTag } from '../follow-tag.ts';
import { ago } from '../output/age.ts';
import { alignTabs } from '../output/tab-writer.ts';
import { Lines } from './lines.ts';

/**
 * A stream as `oc describe is` prints it, ending with a newline.
 * @param now milliseconds, for ages
 * @param checks what the schedule last saw of tags, where that is known
 */
export function describeImageStream(
  stream: ImageStream,
  now: number,
  checks: ReadonlyMap<string, TagCheck> = new Map(),
): string {
  const lines = new Lines();
  const { name, namespace, creationTimestamp, labels, annotations } = stream.metadata;
  const { description, ...others } = annotations ?? {};
  lines.field('Name', name ?? '');
  lines.field('Namespace', namespace ?? '');
  lines.field('Created', ago(creationTimestamp, now));
  lines.map('Labels', labels);
  if (description !== undefined && description !== '') lines.field('Description', description);
  lines.map('Annotations', others);
  lines.field(
    'Image Repository',
    nonEmpty(stream.status.publicDockerImageRepository) ?? stream.status.dockerImageRepository,
  );
  lines.field('Image Lookup', `local=${stream.spec.lookupPolicy.local}`);
  const tags = tagNames(stream);
  if (tags.length === 0) {
    lines.field('Tags', '');
    return lines.text();
  }
  lines.field('Unique Images', String(uniqueImages(stream)));
  lines.field('Tags', String(tags.length));
  return `${lines.text()}\n${describeTags(stream, tags, { now, checks })}`;
}

function tagNames(stream: ImageStream): string[] {
  const names = new Set([
    ...(stream.spec.tags ?? []).map((tag) => tag.name),
    ...(stream.status.tags ?? []).map((tag) => tag.tag),
  ]);
  return prioritizeTags([...names]);
}

function uniqueImages(stream: ImageStream): number {
  const images = (stream.status.tags ?? []).flatMap((tag) =>
    (tag.items ?? []).map((item) => item.image),
  );
  return new Set(images).size;
}

/** What a description needs besides the stream. */
interface Known {
  readonly now: number;
  readonly checks: ReadonlyMap<string, TagCheck>;
}

/** Aliases of the same stream are folded into the header of the tag that they end at. */
function describeTags(stream: ImageStream, tags: readonly string[], known: Known): string {
  const aliases = new Map<string, string[]>();
  const folded = new Set<string>();
  for (const tag of tags) {
    const followed = followTag(stream, tag);
    if (followed.kind !== 'found' || !followed.isAlias) continue;
    folded.add(tag);
    aliases.set(followed.tag, [...(aliases.get(followed.tag) ?? []), tag]);
  }
  return tags
    .filter((tag) => !folded.has(tag))
    .map((tag) => {
      const names = aliases.get(tag);
      const header = names === undefined ? tag : `${tag} (${names.join(', ')})`;
      return alignTabs([header, ...tagLines(stream, tag, known), ''].join('\n'));
    })
    .join('\n');
}

function tagLines(stream: ImageStream, tag: string, { now, checks }: Known): string[] {
  const spec = specTag(stream, tag);
  const status = statusTag(stream, tag);
  const state = stateLines(spec, status, now);
  const items = (status?.items ?? []).flatMap((item, index) => itemLines(item, index, now));
  return [
    `  ${spec === undefined ? 'no spec tag' : sourceText(stream, spec)}`,
    ...(spec?.importPolicy.insecure === true
      ? ['    will use insecure HTTPS or HTTP connections']
      : []),
    ...(spec?.referencePolicy.type === 'Local'
      ? ['    prefer registry pullthrough when referencing this tag']
      : []),
    '',
    ...annotationLines(spec),
    ...holdLines(stream, spec, { now, checks }),
    ...checkLines(checks.get(tag), now),
    ...state,
    ...items,
  ];
}

function sourceText(stream: ImageStream, spec: TagReference): string {
  const { from } = spec;
  if (from === undefined) return 'tag without source image';
  const { kind = '', name = '', namespace = '' } = from;
  const isForeign = namespace !== '' && namespace !== stream.metadata.namespace;
  const words = sourceWords[kind] ?? otherWords(kind);
  return `${linkWords(spec, words)} ${isForeign ? `${namespace}/` : ''}${name}`;
}

function linkWords(spec: TagReference, words: SourceWords): string {
  if (spec.reference === true) return words.reference;
  return spec.importPolicy.scheduled === true ? words.scheduled : words.plain;
}

interface SourceWords {
  readonly reference: string;
  readonly scheduled: string;
  readonly plain: string;
}

const sourceWords: Readonly<Record<string, SourceWords>> = {
  ImageStreamTag: {
    reference: 'reference to',
    scheduled: 'updates automatically from',
    plain: 'tagged from',
  },
  DockerImage: {
    reference: 'reference to registry',
    scheduled: 'updates automatically from registry',
    plain: 'tagged from',
  },
  ImageStreamImage: {
    reference: 'reference to image',
    scheduled: 'tagged from',
    plain: 'tagged from',
  },
};

function otherWords(kind: string): SourceWords {
  const updates = `updates from ${kind}`;
  return { reference: `reference to ${kind}`, scheduled: updates, plain: updates };
}

function annotationLines(spec: TagReference | undefined): string[] {
  const annotations = spec?.annotations ?? {};
  const shown = [
    ['description', ''],
    ['tags', 'Tags: '],
    ['supports', 'Supports: '],
    ['sampleRepo', 'Example Repo: '],
  ] as const;
  const lines = shown.flatMap(([key, label]) => {
    const value = nonEmpty(annotations[key]);
    if (value === undefined) return [];
    return [`  ${label}${key === 'tags' || key === 'supports' ? spaced(value) : value}`];
  });
  return lines.length === 0 ? [] : [...lines, ''];
}

function holdLines(
  stream: ImageStream,
  spec: TagReference | undefined,
  { now, checks }: Known,
): string[] {
  const hold = holdOf(spec);
  if (spec === undefined || hold === undefined) return [];
  const check = checks.get(spec.name);
  const seen = check?.heldBack ?? check?.digest;
  if (!isHeld(spec, new Date(now).toISOString(), seen)) return [];
  const end = hold.until === undefined ? 'until it is released' : `until ${hold.until}`;
  const newer = hold.digest === undefined ? '' : `, or until upstream is not ${hold.digest}`;
  const name = `${stream.metadata.name ?? ''}:${spec.name}`;
  const has =
    seen === undefined ? `sluice why ${name} tells what upstream has` : `upstream has ${seen}`;
  return [`  ! on hold ${end}${newer} (${has})`, ''];
}

/** When upstream was last asked, which the stream itself does not tell. */
function checkLines(check: TagCheck | undefined, now: number): string[] {
  if (check?.lastCheck === undefined) return [];
  const failed = check.failure === undefined ? '' : ', which failed';
  return [`  last checked ${ago(check.lastCheck, now)}${failed}`, ''];
}

function stateLines(
  spec: TagReference | undefined,
  status: NamedTagEventList | undefined,
  now: number,
): string[] {
  const lines: string[] = [];
  if (isPending(spec) && (spec?.generation ?? 0) > observedGeneration(status))
    lines.push('  ~ importing latest image ...');
  const condition = importCondition(status);
  if (condition?.status === 'False')
    lines.push(
      `  ! error: Import failed (${condition.reason ?? ''}): ${condition.message ?? ''}`,
      `      ${ago(condition.lastTransitionTime, now)}`,
    );
  return lines;
}

/** A tag that something could still fill. */
function isPending(spec: TagReference | undefined): boolean {
  return spec?.from !== undefined && spec.reference !== true;
}

function itemLines(item: TagEvent, index: number, now: number): string[] {
  const marker = index === 0 ? '*' : ' ';
  const isNamed = item.image === '' || item.dockerImageReference.endsWith(`@${item.image}`);
  return [
    `  ${marker} ${item.dockerImageReference}`,
    `      ${ago(item.created, now)}${isNamed ? '' : `\t${item.image}`}`,
  ];
}

/** `a,b` as `a, b`. */
function spaced(list: string): string {
  return list
    .split(',')
    .map((part) => part.trim())
    .join(', ');
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
