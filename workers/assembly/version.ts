import { readFile } from 'node:fs/promises';

import type { VersionInfo } from '#src/apiserver/paths.ts';

/** The Kubernetes API that is spoken; clients compare it with their own. */
const kubernetes = { major: '1', minor: '32' };

/** Sluice's own version. */
export async function productVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** What `/version` says. */
export async function versionInfo(): Promise<VersionInfo> {
  const { major, minor } = kubernetes;
  return {
    major,
    minor,
    gitVersion: `v${major}.${minor}.0+sluice-${await productVersion()}`,
    gitCommit: '',
    buildDate: '1970-01-01T00:00:00Z',
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
}
