import { createHash } from 'node:crypto';

/** The sha256 digest of some bytes as registries write it: `sha256:` and 64 hexadecimal digits. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
