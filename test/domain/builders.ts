import { prepareStreamUpdate, prepareInternalCreate } from '#src/domain/stream-write.ts';
import { recordImport } from '#src/domain/import-record.ts';
import type { TagContext } from '#src/domain/tag-events.ts';
import type {
  Image,
  ImageImportSpec,
  ImageImportStatus,
  ImageStream,
  TagReference,
} from '#src/domain/types.ts';
import { manifestNotFound } from '#src/domain/import-status.ts';

export const now = '2026-01-10T09:00:00Z';

/** The digest of two repeated hexadecimal characters: `digest('ea')`. */
export function digest(pair: string): string {
  return `sha256:${pair.repeat(32)}`;
}

export function context(more: Partial<TagContext> = {}): TagContext {
  return { now, hosts: {}, sources: new Map(), ...more };
}

export function tagFrom(name: string, kind: string, from: string): TagReference {
  return {
    name,
    annotations: null,
    from: { kind, name: from },
    generation: null,
    importPolicy: { importMode: 'Legacy' },
    referencePolicy: { type: 'Source' },
  };
}

export function imported(name: string, from = `quay.io/acme/demo:${name}`): TagReference {
  return tagFrom(name, 'DockerImage', from);
}

export function stream(name = 'app', tags: TagReference[] = []): ImageStream {
  return {
    kind: 'ImageStream',
    apiVersion: 'image.openshift.io/v1',
    metadata: { name, namespace: 'ns', generation: 1 },
    spec: { lookupPolicy: { local: false }, ...(tags.length === 0 ? {} : { tags }) },
    status: { dockerImageRepository: '' },
  };
}

export function image(name: string, repository = 'quay.io/acme/demo'): Image {
  return { metadata: { name }, dockerImageReference: `${repository}@${name}` };
}

export function succeeded(name: string, repository?: string): ImageImportStatus {
  return { status: { metadata: {}, status: 'Success' }, image: image(name, repository) };
}

export function missing(text = 'quay.io/acme/demo:gone'): ImageImportStatus {
  return { status: manifestNotFound(text) };
}

export function importSpec(tag: string, from: string): ImageImportSpec {
  return {
    from: { kind: 'DockerImage', name: from },
    to: { name: tag },
    importPolicy: { importMode: 'Legacy' },
    referencePolicy: { type: 'Source' },
  };
}

/** Records the outcome of importing one tag and writes it as the server does. */
export function withImport(
  before: ImageStream | undefined,
  tag: string,
  outcome: ImageImportStatus,
  at = now,
): ImageStream {
  const from = before?.spec.tags?.find((each) => each.name === tag)?.from?.name;
  const recorded = recordImport({
    stream: before,
    namespace: 'ns',
    name: 'app',
    spec: { import: true, images: [importSpec(tag, from ?? `quay.io/acme/demo:${tag}`)] },
    status: { images: [outcome] },
    now: at,
  });
  if (!recorded.changed) return recorded.stream;
  return before === undefined
    ? prepareInternalCreate({ ...context({ now: at }), stream: recorded.stream }).stream
    : prepareStreamUpdate({
        ...context({ now: at }),
        next: recorded.stream,
        old: before,
        mode: 'internal',
      }).stream;
}

/** A PUT of the stream with that spec tag in place of the one of its name. */
export function withTag(before: ImageStream, tag: TagReference, at = now): ImageStream {
  const others = (before.spec.tags ?? []).filter((each) => each.name !== tag.name);
  return put(before, { ...before, spec: { ...before.spec, tags: [...others, tag] } }, at);
}

export function put(before: ImageStream, next: ImageStream, at = now): ImageStream {
  return prepareStreamUpdate({ ...context({ now: at }), next, old: before, mode: 'main' }).stream;
}

/** The history of a tag as `generation:first two characters of the hash`, newest first. */
export function history(of: ImageStream, tag: string): string[] {
  const items = of.status.tags?.find((each) => each.tag === tag)?.items ?? [];
  return items.map((item) => `${item.generation}:${item.image.slice(7, 9)}`);
}

export function specGeneration(of: ImageStream, tag: string): number | null | undefined {
  return of.spec.tags?.find((each) => each.name === tag)?.generation;
}
