import { referenceOf, repositoryKey } from '#src/domain/reference.ts';

/** A tag that a registry says was pushed. */
export interface PushedTag {
  /** The repository as the ledger names it: host and path. */
  readonly repository: string;
  readonly tag: string;
}

/** Media types of envelopes; version 2 only adds fields to what is pushed. */
const mediaTypes: ReadonlySet<string> = new Set([
  'application/vnd.docker.distribution.events.v1+json',
  'application/vnd.docker.distribution.events.v2+json',
  'application/json',
]);

/** Whether a Content-Type is that of an envelope; its parameters do not matter. */
export function isEnvelopeType(contentType: string): boolean {
  return mediaTypes.has((contentType.split(';', 1)[0] ?? '').trim().toLowerCase());
}

/**
 * The tags that an envelope tells of, each once. Events of other kinds, pushes by digest, and events that make no sense
 * are left out: a registry sends what was refused again and again, so one of them must not hold up the others. The digest
 * of an event is not looked at, whoever sends it.
 * Source: https://distribution.github.io/distribution/about/notifications/#envelope
 * @param names further hosts under which the registry is known; those of the event always count
 * @returns undefined when it is no envelope
 */
export function pushedTags(json: string, names: readonly string[] = []): PushedTag[] | undefined {
  const events = member(parsed(json), 'events');
  if (!Array.isArray(events)) return undefined;
  const pushed = new Map<string, PushedTag>();
  const seen = new Set<string>();
  for (const event of events) {
    for (const spec of pullSpecs(event, names)) {
      if (seen.has(spec)) continue;
      seen.add(spec);
      const tag = tagAt(spec);
      if (tag !== undefined) pushed.set(`${tag.repository}:${tag.tag}`, tag);
    }
  }
  return [...pushed.values()];
}

/** What the pushed tag is called on each host, `host/path:tag`. */
function pullSpecs(event: unknown, names: readonly string[]): string[] {
  const target = member(event, 'target');
  const [repository, tag] = [textAt(target, 'repository'), textAt(target, 'tag')];
  if (member(event, 'action') !== 'push' || repository === '' || tag === '') return [];
  const own = [textAt(member(event, 'request'), 'host'), hostOf(textAt(target, 'url'))];
  const hosts = new Set([...names, ...own].filter((host) => host !== ''));
  return [...hosts].map((host) => `${host}/${repository}:${tag}`);
}

/** A host that is none, `server`, would be read as a namespace of Docker Hub. */
function tagAt(spec: string): PushedTag | undefined {
  const reference = referenceOf(spec);
  if (reference === undefined || reference.id !== '' || reference.registry === '') return undefined;
  return { repository: repositoryKey(reference), tag: reference.tag };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '';
}

/** Longer texts are none: the longest name has 255 characters, a URL holds a name and a digest. */
const maxTextLength = 4096;

function textAt(value: unknown, key: string): string {
  const found = member(value, key);
  return typeof found === 'string' && found.length <= maxTextLength ? found : '';
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
