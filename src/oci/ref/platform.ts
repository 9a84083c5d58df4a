/** What an image runs on, in the fields of image-spec v1.1 (image-index.md). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
}

/** Variants that an architecture without one stands for. */
const defaultVariants: Readonly<Record<string, string>> = { arm64: 'v8', arm: 'v7' };

/** True when the platform has everything that is wanted; a field that is not wanted, or empty, matches anything. */
export function platformMatches(platform: Platform, wanted: Partial<Platform>): boolean {
  return (
    fits(platform.os, wanted.os) &&
    fits(platform.architecture, wanted.architecture) &&
    variantFits(platform, wanted.variant) &&
    // Linux images do not depend on a version of the kernel's.
    (platform.os !== 'windows' || fits(platform['os.version'] ?? '', wanted['os.version']))
  );
}

function fits(actual: string, wanted: string | undefined): boolean {
  return wanted === undefined || wanted === '' || actual === wanted;
}

function variantFits(platform: Platform, wanted: string | undefined): boolean {
  if (wanted === undefined || wanted === '') return true;
  return (platform.variant ?? defaultVariants[platform.architecture] ?? '') === wanted;
}
