import { isImportable, needsImport, statusTag } from './history.ts';
import { isDigest } from './digest.ts';
import { parseDockerImageReference } from './reference.ts';
import {
  dockerRepositoryCheckAnnotation,
  insecureRepositoryAnnotation,
  type ImageImportSpec,
  type ImageStream,
  type ImageStreamImportSpec,
  type ImportMode,
  type TagReference,
} from './types.ts';

export interface PlanOptions {
  /** Scheduled tags whose turn it is: imported although they are up to date. */
  readonly tags?: readonly string[];
  /** Of a whole repository, which cannot name one itself; default `Legacy`. */
  readonly importMode?: ImportMode;
}

/** Whether an import of the stream has anything to ask for. */
export function streamNeedsImport(stream: ImageStream): boolean {
  return planImport(stream) !== undefined;
}

/**
 * The import that a stream waits for: every external tag whose intent is newer than what was observed, and the whole
 * repository of a stream that was never imported. Undefined when nothing is pending. Source: openshift-controller-manager image/controller.
 */
export function planImport(
  stream: ImageStream,
  options: PlanOptions = {},
): ImageStreamImportSpec | undefined {
  const due = new Set(options.tags ?? []);
  const repository = stream.spec.dockerImageRepository ?? '';
  const isWhole = repository !== '' && !wasImported(stream);
  const images = (stream.spec.tags ?? [])
    .filter((tag) => isImportable(tag))
    .filter((tag) => isWhole || due.has(tag.name) || isPending(stream, tag))
    .map(importOf);
  if (!isWhole && images.length === 0) return undefined;
  return {
    import: true,
    ...(isWhole ? { repository: repositoryImport(stream, repository, options.importMode) } : {}),
    ...(images.length === 0 ? {} : { images }),
  };
}

/**
 * The tags to re-import in each period: external, marked `scheduled`, and readable. A tag pinned by digest is dropped
 * after its first success, since it can never move.
 */
export function scheduledTags(stream: ImageStream): TagReference[] {
  return (stream.spec.tags ?? []).filter((tag) => {
    if (!isImportable(tag) || tag.importPolicy.scheduled !== true) return false;
    const name = tag.from?.name ?? '';
    const parsed = parseDockerImageReference(name);
    if (!parsed.ok) return name === '';
    return !(isDigest(parsed.reference.id) && isImported(stream, tag));
  });
}

/** An import has been recorded on the stream at least once, be it a failed one. */
function wasImported(stream: ImageStream): boolean {
  return (stream.metadata.annotations?.[dockerRepositoryCheckAnnotation] ?? '') !== '';
}

// A tag without generation never went through a write, so it counts as pending as soon as an import happens at all.
function isPending(stream: ImageStream, tag: TagReference): boolean {
  if (tag.generation !== null) return needsImport(tag, statusTag(stream, tag.name));
  return !wasImported(stream) || (stream.spec.tags ?? []).some((other) => isNewer(stream, other));
}

function isNewer(stream: ImageStream, tag: TagReference): boolean {
  return needsImport(tag, statusTag(stream, tag.name));
}

function isImported(stream: ImageStream, tag: TagReference): boolean {
  const [newest] = statusTag(stream, tag.name)?.items ?? [];
  return tag.generation !== null && newest?.generation === tag.generation;
}

function importOf(tag: TagReference): ImageImportSpec {
  return {
    from: { kind: 'DockerImage', name: tag.from?.name ?? '' },
    to: { name: tag.name },
    importPolicy: tag.importPolicy,
    referencePolicy: tag.referencePolicy,
  };
}

function repositoryImport(
  stream: ImageStream,
  name: string,
  importMode: ImportMode = 'Legacy',
): NonNullable<ImageStreamImportSpec['repository']> {
  const isInsecure = stream.metadata.annotations?.[insecureRepositoryAnnotation] === 'true';
  return {
    from: { kind: 'DockerImage', name },
    importPolicy: { ...(isInsecure ? { insecure: true } : {}), importMode },
    referencePolicy: { type: 'Source' },
  };
}
