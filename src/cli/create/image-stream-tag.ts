import { parseDockerImageReference } from '#src/domain/reference.ts';
import { imageApiVersion } from '#src/domain/types.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { CliError } from '../errors.ts';

/** Flags of `create imagestreamtag` as they were given. */
export interface TagFlags {
  readonly from?: string;
  readonly fromImage?: string;
  readonly scheduled?: boolean;
  readonly insecure?: boolean;
  readonly reference?: boolean;
  readonly referencePolicy?: string;
  readonly annotation?: readonly string[];
}

/**
 * The ImageStreamTag that is sent.
 * @param name `STREAM:TAG`
 * @throws {CliError} when the name or a flag is not of its form
 */
export function imageStreamTag(name: string, flags: TagFlags): KubeObject {
  const [stream = '', tag = ''] = name.split(':');
  if (stream === '' || tag === '')
    throw new CliError(`"${name}" must be of the form <stream_name>:<tag>`);
  const from = tagFrom(flags);
  return {
    apiVersion: imageApiVersion,
    kind: 'ImageStreamTag',
    metadata: { name },
    tag: {
      name: tag,
      annotations: flags.annotation === undefined ? null : pairs(flags.annotation),
      ...(from === undefined ? {} : { from }),
      reference: flags.reference === true,
      generation: null,
      importPolicy: {
        ...(flags.insecure === true ? { insecure: true } : {}),
        ...(flags.scheduled === true ? { scheduled: true } : {}),
      },
      referencePolicy: referencePolicy(flags.referencePolicy),
    },
  } as KubeObject;
}

/** Without a flag the type stays empty and the server fills it in. */
function referencePolicy(type: string | undefined): Record<string, string> {
  if (type === undefined) return {};
  if (!['source', 'local'].includes(type))
    throw new CliError('valid values for --reference-policy are: source, local');
  return { type: type === 'local' ? 'Local' : 'Source' };
}

function tagFrom(flags: TagFlags): Record<string, string> | undefined {
  if (flags.from !== undefined && flags.fromImage !== undefined)
    throw new CliError('--from and --from-image may not be used together');
  if (flags.fromImage !== undefined) return { kind: 'DockerImage', name: flags.fromImage };
  return flags.from === undefined ? undefined : internalFrom(flags.from);
}

function internalFrom(source: string): Record<string, string> {
  if (source.startsWith(':')) return { kind: 'ImageStreamTag', name: source.slice(1) };
  const parsed = parseDockerImageReference(source);
  if (!parsed.ok)
    throw new CliError(
      `Invalid --from, must be a valid image stream tag or image stream image: ${parsed.error}`,
    );
  const { registry, namespace, name, tag, id } = parsed.reference;
  if (registry !== '') throw new CliError('Invalid --from, registry may not be specified');
  const where = namespace === '' ? {} : { namespace };
  return id === ''
    ? { kind: 'ImageStreamTag', name: `${name}:${tag === '' ? 'latest' : tag}`, ...where }
    : { kind: 'ImageStreamImage', name: `${name}@${id}`, ...where };
}

function pairs(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const equals = value.indexOf('=');
      if (equals < 1) throw new CliError('annotations must be of the form name=value');
      return [value.slice(0, equals), value.slice(equals + 1)];
    }),
  );
}
