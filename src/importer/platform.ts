/** An operating system and an architecture as images name them. */
export interface OwnPlatform {
  readonly os: string;
  readonly architecture: string;
}

/** Go's names, which images use, for Node's. */
const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  ppc64: 'ppc64le',
};

/** The platform of this process: what a Legacy import of an index prefers. */
export function ownPlatform(): OwnPlatform {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  return { os, architecture: architectures[process.arch] ?? process.arch };
}
