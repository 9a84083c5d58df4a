import { compareText, sortedByName } from './history.ts';
import { referenceOf } from './reference.ts';
import type {
  ImageImportSpec,
  ImageStream,
  ImageStreamImportSpec,
  ImageStreamSpec,
  ImageStreamStatus,
  ImportMode,
  NamedTagEventList,
  RepositoryImportSpec,
  TagEvent,
  TagEventCondition,
  TagImportPolicy,
  TagReference,
  TagReferencePolicy,
} from './types.ts';

/** A document before defaulting: clients leave out what they do not care about. */
export type Undefaulted<T> = { readonly [K in keyof T]?: T[K] | null | undefined };

/** Without the parts that are false, and with the import mode filled in. */
function defaultImportPolicy(
  policy: Undefaulted<TagImportPolicy> | null | undefined,
  importMode: ImportMode = 'Legacy',
): TagImportPolicy {
  const given: string = policy?.importMode ?? '';
  return {
    ...(policy?.insecure === true ? { insecure: true } : {}),
    ...(policy?.scheduled === true ? { scheduled: true } : {}),
    importMode: given === '' ? importMode : (given as ImportMode),
  };
}

/** `Source` where no type is given. */
function defaultReferencePolicy(
  policy: Undefaulted<TagReferencePolicy> | null | undefined,
): TagReferencePolicy {
  const given: string = policy?.type ?? '';
  return { type: given === '' ? 'Source' : (given as TagReferencePolicy['type']) };
}

/** A spec tag with every field that the wire always shows, in the order of the wire. */
export function defaultTagReference(
  tag: Undefaulted<TagReference>,
  importMode?: ImportMode,
): TagReference {
  return {
    name: tag.name ?? '',
    annotations: tag.annotations ?? null,
    ...(tag.from === undefined || tag.from === null ? {} : { from: tag.from }),
    ...(tag.reference === true ? { reference: true } : {}),
    generation: tag.generation ?? null,
    importPolicy: defaultImportPolicy(tag.importPolicy, importMode),
    referencePolicy: defaultReferencePolicy(tag.referencePolicy),
  };
}

/**
 * An image stream as it is stored: tags sorted by name, of equal names the last, every default in place. Repositories of
 * the status are not computed here.
 */
export function defaultImageStream(
  stream: Undefaulted<ImageStream>,
  importMode?: ImportMode,
): ImageStream {
  return {
    ...textField('kind', stream.kind),
    ...textField('apiVersion', stream.apiVersion),
    metadata: stream.metadata ?? {},
    spec: defaultSpec(stream.spec ?? {}, importMode),
    status: defaultStatus(stream.status ?? {}),
  };
}

/**
 * An import as it is carried out: policies filled in, and the target tag taken from the pull spec where it names one. An
 * image without tag (bare repository, digest) keeps no target and is never tagged.
 */
export function defaultImportSpec(
  spec: Undefaulted<ImageStreamImportSpec>,
  importMode?: ImportMode,
): ImageStreamImportSpec {
  const images = (spec.images ?? []).map((image) => defaultImage(image, importMode));
  return {
    import: spec.import === true,
    ...(spec.repository === undefined || spec.repository === null
      ? {}
      : { repository: defaultRepository(spec.repository, importMode) }),
    ...(images.length === 0 ? {} : { images }),
  };
}

/** Annotation maps with equal entries, whatever their order; null and `{}` say the same. */
export function sameAnnotations(
  a: Readonly<Record<string, string>> | null | undefined,
  b: Readonly<Record<string, string>> | null | undefined,
): boolean {
  return annotationText(a) === annotationText(b);
}

function annotationText(annotations: Readonly<Record<string, string>> | null | undefined): string {
  const entries = Object.entries(annotations ?? {});
  return JSON.stringify(entries.toSorted(([a], [b]) => compareText(a, b)));
}

function defaultImage(
  image: Undefaulted<ImageImportSpec>,
  importMode?: ImportMode,
): ImageImportSpec {
  const tag = referenceOf(image.from?.name ?? '')?.tag ?? '';
  const to = image.to ?? (tag === '' ? undefined : { name: tag });
  return {
    from: image.from ?? {},
    ...(to === undefined ? {} : { to }),
    importPolicy: defaultImportPolicy(image.importPolicy, importMode),
    referencePolicy: defaultReferencePolicy(image.referencePolicy),
    ...(image.includeManifest === true ? { includeManifest: true } : {}),
  };
}

function defaultRepository(
  repository: Undefaulted<RepositoryImportSpec>,
  importMode?: ImportMode,
): RepositoryImportSpec {
  return {
    from: repository.from ?? {},
    importPolicy: defaultImportPolicy(repository.importPolicy, importMode),
    referencePolicy: defaultReferencePolicy(repository.referencePolicy),
    ...(repository.includeManifest === true ? { includeManifest: true } : {}),
  };
}

function defaultSpec(spec: Undefaulted<ImageStreamSpec>, importMode?: ImportMode): ImageStreamSpec {
  const tags = sortedByName(
    (spec.tags ?? []).map((tag) => defaultTagReference(tag, importMode)),
    (tag) => tag.name,
  );
  return {
    lookupPolicy: { local: spec.lookupPolicy?.local === true },
    ...textField('dockerImageRepository', spec.dockerImageRepository),
    ...(tags.length === 0 ? {} : { tags }),
  };
}

function defaultStatus(status: Undefaulted<ImageStreamStatus>): ImageStreamStatus {
  const tags = sortedByName((status.tags ?? []).map(statusTagOf), (tag) => tag.tag);
  return {
    dockerImageRepository: status.dockerImageRepository ?? '',
    ...textField('publicDockerImageRepository', status.publicDockerImageRepository),
    ...(tags.length === 0 ? {} : { tags }),
  };
}

function statusTagOf(tag: Undefaulted<NamedTagEventList>): NamedTagEventList {
  const items = tag.items ?? [];
  const conditions = tag.conditions ?? [];
  return {
    tag: tag.tag ?? '',
    items: items.length === 0 ? null : items.map(defaultEvent),
    ...(conditions.length === 0 ? {} : { conditions: conditions.map(defaultCondition) }),
  };
}

/** With every field that the wire always shows; a write of the status may leave any out. */
function defaultEvent(event: Undefaulted<TagEvent>): TagEvent {
  const { created = null, dockerImageReference, image, generation, ...origin } = event;
  return {
    created,
    dockerImageReference: dockerImageReference ?? '',
    image: image ?? '',
    generation: generation ?? 0,
    ...(origin as Pick<TagEvent, 'cause' | 'by' | 'secret'>),
  };
}

function defaultCondition(condition: Undefaulted<TagEventCondition>): TagEventCondition {
  const { generation, lastTransitionTime, ...rest } = condition;
  return {
    ...(rest as Pick<TagEventCondition, 'type' | 'status'>),
    lastTransitionTime: lastTransitionTime ?? null,
    generation: generation ?? 0,
  };
}

function textField<K extends string>(
  key: K,
  value: string | null | undefined,
): { [P in K]?: string } {
  return value === undefined || value === null || value === ''
    ? {}
    : ({ [key]: value } as { [P in K]: string });
}
