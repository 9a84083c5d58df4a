import type { Descriptor } from '../content/types.ts';
import { platformMatches, type Platform } from '../ref/platform.ts';
import type { ParsedManifest } from './types.ts';

/** Which child of an index stands for it. */
export interface PlatformPolicy {
  /** Wanted most: a field that is missing matches anything. */
  readonly prefer?: Partial<Platform>;
  /** Taken in this order otherwise: the server's own platform, then linux/amd64. */
  readonly fallback?: readonly Partial<Platform>[];
  /** When nothing matches; default `first`. */
  readonly ifNone?: 'first' | 'error';
}

const amd64: Partial<Platform> = { os: 'linux', architecture: 'amd64' };

/** The first child that is best by the policy; undefined when there is none. Attestations are never chosen. */
export function selectPlatform(
  index: ParsedManifest,
  policy: PlatformPolicy = {},
): Descriptor | undefined {
  const images = index.manifests.filter((child) => !isAttestation(child));
  const { prefer } = policy;
  const wanted = [
    ...(prefer !== undefined && (prefer.os ?? prefer.architecture ?? '') !== '' ? [prefer] : []),
    ...(policy.fallback ?? [amd64]),
  ];
  for (const platform of wanted) {
    const found = images.find(
      (child) => child.platform !== undefined && platformMatches(child.platform, platform),
    );
    if (found !== undefined) return found;
  }
  return policy.ifNone === 'error' ? undefined : images[0];
}

/** True for what describes another image of the index and runs nowhere (BuildKit's attestations). */
export function isAttestation(descriptor: Descriptor): boolean {
  const type = descriptor.annotations?.['vnd.docker.reference.type'];
  return (
    type === 'attestation-manifest' ||
    (descriptor.platform?.os === 'unknown' && descriptor.platform.architecture === 'unknown')
  );
}
