import {
  exactReference,
  parseDockerImageReference,
  type DockerImageReference,
} from '#src/domain/reference.ts';
import {
  imageApiVersion,
  type ImageStream,
  type ImportMode,
  type SourceKind,
  type TagReference,
} from '#src/domain/types.ts';
import type { ObjectMeta } from '#src/meta/object.ts';
import { CliError, usageError } from './errors.ts';

/** Flags of `tag` as they were given. */
export interface TagFlags {
  readonly source?: string;
  readonly delete?: boolean;
  readonly alias?: boolean;
  readonly reference?: boolean;
  readonly scheduled?: boolean;
  readonly insecure?: boolean;
  readonly referencePolicy?: string;
  readonly importMode?: ImportMode;
}

/** Where a tag is to point: what was written, and what it is taken for. */
export interface TagFrom {
  readonly kind: SourceKind;
  readonly reference: DockerImageReference;
}

/** A tag of a stream in a namespace. */
export interface TagTarget {
  readonly namespace: string;
  /** `stream:tag` */
  readonly name: string;
}

/** The ImageStreamTag that is sent. */
export interface TagBody {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: ObjectMeta;
  readonly tag: TagReference;
}

const sourceKinds: Readonly<Record<string, SourceKind>> = {
  docker: 'DockerImage',
  dockerimage: 'DockerImage',
  imagestreamimage: 'ImageStreamImage',
  imagestreamtag: 'ImageStreamTag',
  isimage: 'ImageStreamImage',
  istag: 'ImageStreamTag',
};

const tagPattern = /^[\w][\w.-]{0,127}$/;

/**
 * Before anything is asked.
 * @throws {CliError} when flags contradict each other, or a value is none of those allowed
 */
export function checkTagFlags(flags: TagFlags): void {
  if (flags.alias === true && flags.delete === true)
    throw new CliError('--alias and --delete may not be both specified');
  if (flags.referencePolicy !== undefined && !['source', 'local'].includes(flags.referencePolicy))
    throw new CliError("reference policy must be set to 'source' or 'local'");
  if (flags.importMode !== undefined && !['Legacy', 'PreserveOriginal'].includes(flags.importMode))
    throw new CliError('valid ImportMode values are Legacy or PreserveOriginal');
  if (flags.delete !== true) return;
  if (flags.source !== undefined) throw new CliError('cannot specify a source kind when deleting');
  if (flags.scheduled === true || flags.insecure === true)
    throw new CliError('cannot set flags for importing images when deleting a tag');
  if (flags.importMode !== undefined)
    throw new CliError('cannot specify an import mode when deleting');
}

/**
 * What SOURCE is, with `--source` or from its form.
 * @throws {CliError} when it is not what `--source` says, or nothing at all
 */
export function parseSource(
  text: string,
  source: string | undefined,
  currentNamespace: string,
): TagFrom {
  const kind = source === undefined ? undefined : sourceKinds[source.toLowerCase()];
  if (source !== undefined && kind === undefined)
    throw usageError(
      `invalid source "${source}"; valid values are ${Object.keys(sourceKinds).join(', ')}`,
    );
  const parsed = parseDockerImageReference(text);
  if (!parsed.ok) throw new CliError(`invalid SOURCE: ${parsed.error}`);
  const { reference } = parsed;
  if (kind === undefined) return { kind: impliedKind(reference), reference };
  if (kind === 'DockerImage') return { kind, reference };
  checkInternalSource(kind, reference);
  const namespace = reference.namespace === 'library' ? currentNamespace : reference.namespace;
  return { kind, reference: { ...reference, namespace } };
}

function checkInternalSource(kind: SourceKind, reference: DockerImageReference): void {
  if (reference.registry !== '')
    throw new CliError('server in SOURCE is only allowed when providing a container image');
  const { name, tag, id } = reference;
  if (kind === 'ImageStreamTag' && (name === '' || tag === ''))
    throw new CliError('--source=ImageStreamTag requires a valid <name>:<tag> in SOURCE');
  if (kind === 'ImageStreamImage' && (name === '' || id === ''))
    throw new CliError('--source=ImageStreamImage requires a valid <name>@<id> in SOURCE');
}

function impliedKind(reference: DockerImageReference): SourceKind {
  if (reference.registry !== '') return 'DockerImage';
  if (reference.id !== '') return 'ImageStreamImage';
  return reference.tag === '' ? 'DockerImage' : 'ImageStreamTag';
}

/**
 * The image that a tag points at now, so that the new tag is a snapshot and does not follow.
 * @throws {CliError} when the tag has no image
 */
export function snapshotOf(from: TagFrom, stream: ImageStream): TagFrom {
  const { name, tag } = from.reference;
  const [item] = stream.status.tags?.find((each) => each.tag === tag)?.items ?? [];
  if (item === undefined)
    throw new CliError(
      `"${name}:${tag}" is not currently pointing to an image, cannot use it as the source of a tag`,
    );
  if (item.image !== '')
    return {
      kind: 'ImageStreamImage',
      reference: { ...from.reference, tag: '', id: item.image },
    };
  const parsed = parseDockerImageReference(item.dockerImageReference);
  if (!parsed.ok)
    throw new CliError(
      `the image stream tag "${name}:${tag}" has an invalid pull spec and cannot be used to tag: ${parsed.error}`,
    );
  return { kind: 'DockerImage', reference: parsed.reference };
}

/**
 * Reads `[namespace/]stream:tag`.
 * @param isNew whether the tag is to be made, and its name must be a good one
 * @throws {CliError} when it is not of that form
 */
export function parseTarget(text: string, currentNamespace: string, isNew: boolean): TagTarget {
  const { namespace, name } = splitTarget(text, currentNamespace);
  const [stream = '', tag = '', ...others] = name.split(':');
  if (stream === '' || tag === '' || others.length > 0)
    throw new CliError(`"${name}" must be of the form <stream_name>:<tag>`);
  if (isNew && !tagPattern.test(tag))
    throw new CliError(
      `invalid tag "${tag}" format, tags must start with an alphanumeric character followed by alphanumeric, '.' or '-' characters, and have a maximum of 128 characters`,
    );
  return { namespace, name };
}

function splitTarget(text: string, currentNamespace: string): TagTarget {
  const parts = text.split('/');
  if (parts.length > 2) throw new CliError(`invalid image stream "${text}"`);
  const [first = '', second] = parts;
  if (second !== undefined && first === '')
    throw new CliError(`invalid namespace "" for image stream ${text}`);
  const name = second ?? first;
  if (name === '') throw new CliError(`invalid name "" for image stream ${text}`);
  return { namespace: second === undefined ? currentNamespace : first, name };
}

/** @throws {CliError} for combinations that only the resolved kind shows */
export function checkTagSource(
  from: TagFrom,
  targets: readonly TagTarget[],
  flags: TagFlags,
  currentNamespace: string,
): void {
  const imports = flags.scheduled === true || flags.insecure === true;
  if (imports && from.kind !== 'DockerImage')
    throw new CliError('only container images can have importing flags set');
  if (flags.alias !== true) return;
  if (imports)
    throw new CliError('cannot set a container image tag as an alias and also set import flags');
  const namespace = from.reference.namespace || currentNamespace;
  const isSameStream = targets.every(
    (target) => target.namespace === namespace && target.name.split(':')[0] === from.reference.name,
  );
  if (!isSameStream) throw new CliError('cannot set alias across different Image Streams');
}

/** The ImageStreamTag to send for one destination. */
export function tagBody(
  from: TagFrom,
  target: TagTarget,
  flags: TagFlags,
  currentNamespace: string,
): TagBody {
  const isDocker = from.kind === 'DockerImage';
  const namespace =
    from.reference.namespace || (target.namespace === currentNamespace ? '' : currentNamespace);
  return {
    kind: 'ImageStreamTag',
    apiVersion: imageApiVersion,
    metadata: { name: target.name, namespace: target.namespace },
    tag: {
      name: target.name.slice(target.name.indexOf(':') + 1),
      annotations: null,
      from: {
        kind: from.kind,
        ...(isDocker || namespace === '' ? {} : { namespace }),
        name: isDocker
          ? exactReference(from.reference)
          : exactReference({ ...from.reference, namespace: '' }),
      },
      ...(flags.reference === true ? { reference: true } : {}),
      // 0 makes the server import again although nothing else changed.
      generation: isDocker ? 0 : null,
      importPolicy: {
        ...(flags.insecure === true ? { insecure: true } : {}),
        ...(flags.scheduled === true ? { scheduled: true } : {}),
        importMode: flags.importMode ?? 'Legacy',
      },
      referencePolicy: { type: flags.referencePolicy === 'local' ? 'Local' : 'Source' },
    },
  };
}

/** The success line. */
export function tagMessage(
  from: TagFrom,
  target: TagTarget,
  flags: TagFlags,
  currentNamespace: string,
): string {
  const isForeign = target.namespace !== currentNamespace;
  const name = isForeign ? `${target.namespace}/${target.name}` : target.name;
  const source = exactReference(from.reference);
  if (flags.alias === true) return `Tag ${name} set up to track ${source}.`;
  if (flags.scheduled !== true) return `Tag ${name} set to ${source}.`;
  return `Tag ${name} set to ${isForeign ? '' : 'import '}${source} periodically.`;
}
