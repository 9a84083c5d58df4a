import type { KubeObject } from '#src/meta/object.ts';
import { importCondition, needsImport, specTag, statusTag } from '../history.ts';
import { holdOf, isHeld } from '../hold.ts';
import {
  imageApiVersion,
  type Image,
  type ImageStream,
  type TagCause,
  type TagEvent,
  type TagEventCondition,
  type TagReference,
} from '../types.ts';
import { allTags } from './image-tag.ts';

/** An entry of a tag's history with where it came from; revision 1 is the oldest that is kept. */
export interface HistoryEntry extends Omit<TagEvent, 'cause' | 'by'> {
  revision: number;
  /** Absent in entries from before causes were kept. */
  cause?: TagCause;
  by?: string;
  /** Bytes of all layers; absent when the image is not known. */
  size?: number;
}

/** Whom a registry let in. */
export interface TagAccess {
  kind: 'secret' | 'anonymous' | 'refused';
  /** The secret that was used, or those that were refused in their order, each with the key that covers the image. */
  secrets: readonly { readonly secret: string; readonly registry: string }[];
}

/** What the schedule of a tag last saw and when it looks again. */
export interface TagCheck {
  /** RFC 3339. */
  lastCheck?: string;
  nextCheck: string;
  /** Digest that upstream had at the last good check, or import. */
  digest?: string;
  /** Digest that upstream has but the tag does not take, because it is on hold. */
  heldBack?: string;
  /** How the registry let the last check in, or which secrets it refused; absent where it gave no answer. */
  access?: TagAccess;
  /** Digests that are not old enough for the tag, oldest first. */
  candidates?: readonly { digest: string; firstSeen: string }[];
  /** Checks in a row that failed, and why the last one did. */
  failures: number;
  failure?: string;
}

/** The registry of a tag, while it is not asked. */
export interface TagRegistry {
  /** `host[:port]` that is connected to. */
  name: string;
  /** `Paused`: by nobody; `Held`: by people only, not by the schedule. */
  phase: 'Paused' | 'Held';
  /** RFC 3339; when it is asked again. */
  until: string;
  reason?: string;
}

/** Something in a pull secret that is not used. Names only, never a value. */
export interface UnusedCredential {
  secret: string;
  /** A registry key, or a key of the document such as `credHelpers`. */
  key: string;
  problem: string;
}

export interface TagHold {
  /** Whether the schedule leaves the tag alone now; false when the hold has ended by itself. */
  active: boolean;
  until?: string;
  untilNotDigest?: string;
}

/** Everything that is known of one tag. */
export interface TagHistory {
  tag: string;
  from?: TagReference['from'];
  scheduled: boolean;
  /** An import is wanted and was not answered yet. */
  pending: boolean;
  hold?: TagHold;
  /** The last import's failure. */
  condition?: TagEventCondition;
  check?: TagCheck;
  /** Pull secrets of the namespace that are tried for the source, in this order. */
  secrets?: readonly string[];
  /** What stands in pull secrets of the namespace and is not used; absent where there is nothing such. */
  unused?: readonly UnusedCredential[];
  /** Absent while the source's registry is asked as usual. */
  registry?: TagRegistry;
  entries: HistoryEntry[];
}

/** `imagestreams/history`: how the tags of a stream came to be where they are, and what they wait for. */
export interface ImageStreamHistory extends KubeObject {
  tags: TagHistory[];
}

/** What the record of streams does not know. */
export interface HistoryFacts {
  /** RFC 3339. */
  readonly now: string;
  imageOf(name: string): Image | undefined;
  checkOf(tag: string): TagCheck | undefined;
  secretsOf(tag: string): readonly string[] | undefined;
  unusedOf(tag: string): readonly UnusedCredential[];
  registryOf(tag: string): TagRegistry | undefined;
}

/** The histories of a stream as it is stored. */
export function historyView(stream: ImageStream, facts: HistoryFacts): ImageStreamHistory {
  const { name = '', namespace = '', uid = '', resourceVersion = '' } = stream.metadata;
  return {
    kind: 'ImageStreamHistory',
    apiVersion: imageApiVersion,
    metadata: { name, namespace, uid, resourceVersion },
    tags: allTags(stream).map((tag) => tagHistory(stream, tag, facts)),
  };
}

function tagHistory(stream: ImageStream, tag: string, facts: HistoryFacts): TagHistory {
  const spec = specTag(stream, tag);
  const status = statusTag(stream, tag);
  const condition = importCondition(status);
  return {
    tag,
    ...(spec?.from === undefined ? {} : { from: spec.from }),
    scheduled: spec?.importPolicy.scheduled === true,
    pending: spec !== undefined && needsImport(spec, status),
    ...(condition === undefined ? {} : { condition }),
    ...upstreamOf(spec, tag, facts),
    entries: entriesOf(status?.items ?? [], facts),
  };
}

function entriesOf(items: readonly TagEvent[], facts: HistoryFacts): HistoryEntry[] {
  return items.map((event, index) => ({
    revision: items.length - index,
    ...event,
    ...sizeOf(facts.imageOf(event.image)),
  }));
}

function upstreamOf(
  spec: TagReference | undefined,
  tag: string,
  facts: HistoryFacts,
): Pick<TagHistory, 'hold' | 'check' | 'secrets' | 'unused' | 'registry'> {
  const check = facts.checkOf(tag);
  const secrets = facts.secretsOf(tag);
  const unused = facts.unusedOf(tag);
  const registry = facts.registryOf(tag);
  const hold = holdView(spec, facts.now, check?.heldBack ?? check?.digest);
  return {
    ...(hold === undefined ? {} : { hold }),
    ...(check === undefined ? {} : { check }),
    ...(secrets === undefined ? {} : { secrets }),
    ...(unused.length === 0 ? {} : { unused }),
    ...(registry === undefined ? {} : { registry }),
  };
}

function holdView(
  spec: TagReference | undefined,
  now: string,
  upstream: string | undefined,
): TagHold | undefined {
  const hold = holdOf(spec);
  if (hold === undefined) return undefined;
  return {
    active: isHeld(spec, now, upstream),
    ...(hold.until === undefined ? {} : { until: hold.until }),
    ...(hold.digest === undefined ? {} : { untilNotDigest: hold.digest }),
  };
}

function sizeOf(image: Image | undefined): { size?: number } {
  if (image === undefined) return {};
  const layers = (image.dockerImageLayers ?? []).reduce((sum, { size }) => sum + size, 0);
  const size = layers === 0 ? image.dockerImageMetadata?.Size : layers;
  return size === undefined ? {} : { size };
}
