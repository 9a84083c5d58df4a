import type { DockerConfig, DockerImage, Image, ImageSignature } from '#src/domain/types.ts';
import { ago } from '../output/age.ts';
import { humanSize } from '../output/human-size.ts';
import { Lines } from './lines.ts';

/**
 * An image as `oc describe` prints it, ending with a newline.
 * @param title the `Image Name:` line, left out when empty
 * @param now milliseconds, for ages
 */
export function describeImage(image: Image, title: string, now: number): string {
  const lines = new Lines();
  if (title !== '') lines.field('Image Name', title);
  lines.field('Docker Image', image.dockerImageReference ?? '');
  lines.field('Name', image.metadata.name ?? '');
  const { creationTimestamp, labels, annotations } = image.metadata;
  if (creationTimestamp !== undefined && creationTimestamp !== null)
    lines.field('Created', ago(creationTimestamp, now));
  if (Object.keys(labels ?? {}).length > 0) lines.map('Labels', labels);
  if (Object.keys(annotations ?? {}).length > 0) lines.map('Annotations', annotations);
  describeLayers(lines, image);
  describeSignatures(lines, image.signatures ?? []);
  describeMetadata(lines, image, now);
  return lines.text();
}

function describeLayers(lines: Lines, image: Image): void {
  const size = humanSize(image.dockerImageMetadata?.Size ?? 0);
  const layers = image.dockerImageLayers ?? [];
  if (layers.length === 0) {
    lines.field('Layer Size', size);
    return;
  }
  lines.field('Image Size', `${size} in ${layers.length} layers`);
  lines.list(
    'Layers',
    layers.map((layer) => `${humanSize(layer.size)}\t${layer.name}`),
  );
}

function describeSignatures(lines: Lines, signatures: readonly ImageSignature[]): void {
  for (const [index, signature] of signatures.entries()) {
    lines.line(`${index === 0 ? 'Image Signatures:' : ''}\t`);
    lines.line(`\tName:\t${signature.metadata.name ?? ''}`);
    lines.line(`\tType:\t${signature.type}`);
    const issuer = signature.issuedBy;
    if (issuer === undefined) {
      lines.line('\tStatus:\tUnverified');
      continue;
    }
    lines.line('\tStatus:\tVerified');
    lines.line(`\tIssued By:\t${issuer.commonName ?? issuer.organization ?? ''}`);
    for (const condition of signature.conditions ?? [])
      lines.line(
        `\tStatus:\tSignature is ${condition.type} (${condition.message ?? ''} on ${condition.lastProbeTime ?? ''})`,
      );
  }
}

function describeMetadata(lines: Lines, image: Image, now: number): void {
  const metadata: Partial<DockerImage> = image.dockerImageMetadata ?? {};
  lines.field('Image Created', ago(metadata.Created, now));
  lines.field('Author', metadata.Author ?? '');
  lines.field('Arch', metadata.Architecture ?? '');
  lines.list(
    'Manifests',
    (image.dockerImageManifests ?? []).map(
      (manifest) => `${manifest.os}/${manifest.architecture}\t${manifest.digest}`,
    ),
  );
  describeConfig(lines, metadata.Config ?? {});
}

function describeConfig(lines: Lines, config: DockerConfig): void {
  const entrypoint = (config.Entrypoint ?? []).join(' ');
  const command = (config.Cmd ?? []).join(' ');
  if (entrypoint !== '') lines.field('Entrypoint', entrypoint);
  if (command !== '' || entrypoint === '') lines.field('Command', command);
  lines.field('Working Dir', config.WorkingDir ?? '');
  lines.field('User', config.User ?? '');
  lines.field('Exposes Ports', sortedKeys(config.ExposedPorts).join(', '));
  lines.map('Docker Labels', config.Labels);
  lines.list('Environment', config.Env ?? []);
  lines.list('Volumes', sortedKeys(config.Volumes));
}

function sortedKeys(values: Readonly<Record<string, unknown>> | null | undefined): string[] {
  return Object.keys(values ?? {}).toSorted((a, b) => (a < b ? -1 : 1));
}
