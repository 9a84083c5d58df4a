import { imageApiVersion, type Image, type ImageManifest } from '#src/domain/types.ts';
import type { ImageImportStatus, ImageStreamImport } from '#src/domain/types.ts';
import { parseDockerImageReference } from '#src/domain/reference.ts';
import { imageInfoDocument, imageInfoText, type ImageInfo } from '../describe/image-info.ts';
import { CliError, usageError } from '../errors.ts';
import { formatted } from '../output/formats.ts';
import { alignColumns } from '../output/table.ts';
import { whileWaiting } from '../progress.ts';
import { imagePath } from '../resources.ts';
import type { CliCommand, Session } from '../session.ts';

interface InfoFlags {
  readonly filterByOs?: string;
  readonly showMultiarch?: boolean;
  readonly insecure?: boolean;
  readonly output?: string;
}

/** `image info`, as `oc image info`, but it is the server that asks the registry, with the pull secrets of the namespace. */
export const verb: CliCommand = {
  define(command, session) {
    command
      .command('info')
      .description('Show what a registry has, without storing anything')
      .argument('<image...>')
      .option('--filter-by-os <pattern>', 'of an index the images whose OS/ARCH[/VARIANT] match')
      .option('--show-multiarch', 'all images of an index')
      .option('--insecure', 'allow plain HTTP and unverified HTTPS')
      .option('-o, --output <format>', 'json')
      .action((names: string[], flags: InfoFlags) => run(session, names, flags));
  },
};

async function run(session: Session, names: readonly string[], flags: InfoFlags): Promise<void> {
  for (const name of names) checkName(name);
  const shown: ImageInfo[] = [];
  for (const name of names) shown.push(...(await infosOf(session, name, flags)));
  if (flags.output === undefined) {
    session.out(shown.map((info) => imageInfoText(info, session.now())).join('\n'));
    return;
  }
  const documents = shown.map(imageInfoDocument);
  session.out(formatted(documents.length === 1 ? documents[0] : documents, flags.output));
}

function checkName(name: string): void {
  const parsed = parseDockerImageReference(name);
  if (!parsed.ok) throw new CliError(`"${name}" is not a valid image reference: ${parsed.error}`);
  if (parsed.reference.tag === '' && parsed.reference.id === '')
    throw new CliError(`"${name}" must point to an image ID or image tag, as ${name}:latest does`);
}

async function infosOf(session: Session, name: string, flags: InfoFlags): Promise<ImageInfo[]> {
  const { status, image, manifests = [] } = await ask(session, name, flags);
  if (status.status !== 'Success' || image === undefined)
    throw new CliError(failureText(name, status));
  const entries = image.dockerImageManifests ?? [];
  if (entries.length === 0) return [{ name, image, ...osOf(image) }];
  const chosen = entries.filter((entry) => isChosen(entry, flags));
  if (chosen.length !== 1 && flags.showMultiarch !== true)
    throw new CliError(
      `the image is a manifest list and contains multiple images - use --filter-by-os to select from:\n\n${platformTable(entries)}`,
    );
  return chosen.flatMap((entry) => {
    const found = manifests.find(({ metadata }) => metadata.name === entry.digest);
    const list = image.metadata.name ?? '';
    return found === undefined ? [] : [{ name, image: found, list, os: entry.os }];
  });
}

async function ask(
  session: Session,
  name: string,
  { insecure }: InfoFlags,
): Promise<ImageImportStatus> {
  const namespace = session.namespace();
  const importPolicy = {
    importMode: 'PreserveOriginal',
    ...(insecure === true ? { insecure } : {}),
  };
  const from = { kind: 'DockerImage', name };
  const body = {
    kind: 'ImageStreamImport',
    apiVersion: imageApiVersion,
    metadata: { name: 'image-info', namespace },
    spec: { import: false, images: [{ from, importPolicy, includeManifest: true }] },
  };
  const answer = await whileWaiting(session, `asking for ${name}`, () =>
    session.api().request<ImageStreamImport>({
      method: 'POST',
      path: imagePath('imagestreamimports', namespace),
      body,
    }),
  );
  const [image] = answer.status.images ?? [];
  if (image === undefined) throw new CliError('the server answered without an image');
  return image;
}

function failureText(name: string, { reason, message }: ImageImportStatus['status']): string {
  if (reason === 'Unauthorized' || reason === 'Forbidden')
    return `image "${name}" does not exist or you don't have permission to access the repository`;
  return reason === 'NotFound' ? `image "${name}" not found: ${message ?? ''}` : (message ?? '');
}

function isChosen(entry: ImageManifest, { filterByOs, showMultiarch }: InfoFlags): boolean {
  if (filterByOs === undefined) return showMultiarch === true;
  try {
    return new RegExp(filterByOs).test(platformOf(entry));
  } catch {
    throw usageError(`--filter-by-os must be a regular expression, not "${filterByOs}"`);
  }
}

function platformOf({ os, architecture, variant = '' }: ImageManifest): string {
  return `${os}/${architecture}${variant === '' ? '' : `/${variant}`}`;
}

function platformTable(entries: readonly ImageManifest[]): string {
  const rows = entries.map((entry) => [platformOf(entry), entry.digest]);
  return alignColumns([['OS', 'DIGEST'], ...rows], { gap: 2 }).trimEnd();
}

/** What an image says of its system stands in its config only. */
function osOf({ dockerImageConfig: text }: Image): Pick<ImageInfo, 'os'> {
  const { os } = JSON.parse(text ?? '{}') as { readonly os?: string };
  return os === undefined ? {} : { os };
}
