import { parseDockerImageReference } from '#src/domain/reference.ts';
import {
  defaultTag,
  imageApiVersion,
  insecureRepositoryAnnotation,
  type ImageImportSpec,
  type ImageStream,
  type ImageStreamImport,
  type ImportMode,
  type RepositoryImportSpec,
  type TagImportPolicy,
  type TagReference,
} from '#src/domain/types.ts';
import { CliError } from './errors.ts';
import { followTag } from './follow-tag.ts';

/** Flags of `import-image` as they were given. */
export interface ImportFlags {
  readonly from?: string;
  readonly confirm?: boolean;
  readonly all?: boolean;
  readonly scheduled?: boolean;
  /** Absent where the flag was not given, so that the stream's annotation counts. */
  readonly insecure?: boolean;
  readonly referencePolicy?: string;
  readonly importMode?: string;
  readonly dryRun?: boolean;
}

/** What the argument names. */
export interface ImportTarget {
  readonly stream: string;
  /** Empty with `--all`. */
  readonly tag: string;
  readonly argument: string;
}

/** Reads `IMAGESTREAM[:TAG]`. */
export function parseImportTarget(argument: string | undefined, flags: ImportFlags): ImportTarget {
  checkPolicies(flags);
  if (argument === undefined || argument === '')
    throw new CliError('you must specify the name of an image stream');
  const parsed = parseDockerImageReference(argument);
  if (!parsed.ok)
    throw new CliError(
      'the image name must be a valid container image pull spec or reference to an image stream (e.g. myregistry/myteam/image:tag)',
    );
  const { name, tag, id } = parsed.reference;
  if (id !== '') throw new CliError("to import images by ID, use the 'tag' command");
  const stream = name.slice(name.lastIndexOf('/') + 1);
  if (flags.all !== true) return { stream, tag: tag === '' ? defaultTag : tag, argument };
  if (tag !== '') throw new CliError(`cannot specify a tag "${argument}" as well as --all`);
  return { stream, tag: '', argument };
}

function checkPolicies(flags: ImportFlags): void {
  if (!['source', 'local'].includes((flags.referencePolicy ?? 'source').toLowerCase()))
    throw new CliError('valid reference policy values are source or local');
  if (!['Legacy', 'PreserveOriginal'].includes(flags.importMode ?? 'Legacy'))
    throw new CliError('valid ImportMode values are Legacy or PreserveOriginal');
}

/**
 * The ImageStreamImport to send.
 * @param stream the stream as it is, `undefined` where there is none
 * @throws {CliError} when the stream says otherwise, or something has to be confirmed
 */
export function importRequest(
  target: ImportTarget,
  stream: ImageStream | undefined,
  flags: ImportFlags,
  namespace: string,
): ImageStreamImport {
  const spec =
    stream === undefined ? newStreamSpec(target, flags) : existingSpec(target, stream, flags);
  const resourceVersion = stream?.metadata.resourceVersion;
  return {
    kind: 'ImageStreamImport',
    apiVersion: imageApiVersion,
    metadata: {
      name: target.stream,
      namespace,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    spec: { import: flags.dryRun !== true, ...spec },
    status: {},
  };
}

type WhatToImport = Pick<ImageStreamImport['spec'], 'images' | 'repository'>;

function newStreamSpec(target: ImportTarget, flags: ImportFlags): WhatToImport {
  if (flags.confirm !== true)
    throw new CliError(
      `no image stream named "${target.stream}" exists, pass --confirm to create and import`,
    );
  const from = flags.from ?? target.argument;
  return flags.all === true
    ? { repository: repositorySpec(from, undefined, flags) }
    : { images: [imageSpec(from, target.tag, undefined, flags)] };
}

function existingSpec(target: ImportTarget, stream: ImageStream, flags: ImportFlags): WhatToImport {
  const settings = { ...flags, insecure: flags.insecure ?? isInsecure(stream) };
  if (flags.all === true) return allSpec(stream, settings);
  const { from, tag, old } = tagSource(target.tag, stream, flags);
  return { images: [imageSpec(from, tag, old, settings)] };
}

function allSpec(stream: ImageStream, flags: ImportFlags): WhatToImport {
  const current = stream.spec.dockerImageRepository ?? '';
  const from = flags.from ?? current;
  if (from !== current && flags.confirm !== true)
    throw new CliError(
      current === ''
        ? 'the image stream does not currently import an entire Docker repository, pass --confirm to update'
        : `the image stream has a different import spec "${current}", pass --confirm to update`,
    );
  if (from !== '') return { repository: repositorySpec(from, undefined, flags) };
  const images = (stream.spec.tags ?? [])
    .filter((tag) => tag.from?.kind === 'DockerImage')
    .map((tag) => imageSpec(tag.from?.name ?? '', tag.name, tag, flags));
  if (images.length === 0)
    throw new CliError('image stream does not have tags pointing to external container images');
  return { images };
}

interface TagSource {
  readonly from: string;
  readonly tag: string;
  readonly old: TagReference | undefined;
}

/** Follows aliases to the tag that is really imported, and says where from. */
function tagSource(tag: string, stream: ImageStream, flags: ImportFlags): TagSource {
  const followed = followTag(stream, tag);
  if (followed.kind === 'found')
    return { from: oldTagFrom(tag, followed.spec, flags), tag: followed.tag, old: followed.spec };
  if (followed.kind === 'not-found')
    return { from: newTagFrom(followed.tag, stream, flags), tag: followed.tag, old: undefined };
  const problems = {
    'cross-stream': 'points to an imagestreamtag from another ImageStream',
    malformed: 'points to an invalid imagestreamtag',
    circular: 'on the image stream is a reference to same tag',
  };
  throw new CliError(`tag "${tag}" ${problems[followed.kind]}`);
}

function newTagFrom(tag: string, stream: ImageStream, flags: ImportFlags): string {
  if (flags.from !== undefined) return flags.from;
  const repository = stream.spec.dockerImageRepository ?? '';
  if (tag === defaultTag && repository !== '') return repository;
  throw new CliError(
    `the tag "${tag}" does not exist on the image stream - choose an existing tag to import or use the 'tag' command to create a new tag`,
  );
}

function oldTagFrom(asked: string, spec: TagReference, flags: ImportFlags): string {
  const current = spec.from?.name ?? '';
  if (spec.from?.kind === 'ImageStreamImage')
    throw new CliError(
      flags.from === undefined
        ? `tag "${asked}" points to existing ImageStreamImage "${current}", it cannot be re-imported`
        : `tag "${asked}" already exists - you must use the 'tag' command if you want to change the source to "${flags.from}"`,
    );
  if (flags.from === undefined || flags.from === current) return current;
  const via = asked === spec.name ? '' : `points to the tag "${spec.name}" which `;
  throw new CliError(
    `the tag "${asked}" ${via}points to "${current}" - use the 'tag' command if you want to change the source to "${flags.from}"`,
  );
}

function imageSpec(
  from: string,
  tag: string,
  old: TagReference | undefined,
  flags: ImportFlags,
): ImageImportSpec {
  return {
    from: { kind: 'DockerImage', name: from },
    to: { name: tag },
    importPolicy: importPolicy(old, flags),
    referencePolicy: referencePolicy(flags),
  };
}

function repositorySpec(
  from: string,
  old: TagReference | undefined,
  flags: ImportFlags,
): RepositoryImportSpec {
  return {
    from: { kind: 'DockerImage', name: from },
    importPolicy: importPolicy(old, flags),
    referencePolicy: referencePolicy(flags),
  };
}

function importPolicy(old: TagReference | undefined, flags: ImportFlags): TagImportPolicy {
  const insecure = flags.insecure === true || old?.importPolicy.insecure === true;
  const scheduled = flags.scheduled === true || old?.importPolicy.scheduled === true;
  return {
    ...(insecure ? { insecure } : {}),
    ...(scheduled ? { scheduled } : {}),
    importMode: (flags.importMode ?? 'Legacy') as ImportMode,
  };
}

/** The server keeps the policy of a tag that there is. */
function referencePolicy(flags: ImportFlags): ImageImportSpec['referencePolicy'] {
  return { type: flags.referencePolicy?.toLowerCase() === 'local' ? 'Local' : 'Source' };
}

function isInsecure(stream: ImageStream): boolean {
  return stream.metadata.annotations?.[insecureRepositoryAnnotation] === 'true';
}
