import { ociManifest } from '../media-types.ts';
import { imageDocument } from './content.ts';
import type { Misdeed } from './misdeed.ts';
import { misdeed, serveManifest } from './serve.ts';

const good = JSON.stringify(imageDocument({ annotations: { note: 'HERE' } }));
const [before = '', after = ''] = good.split('HERE');

/** What decoders mend silently, each in its own way. */
export const badTexts: readonly Misdeed[] = [
  text('a byte that is not UTF-8', Buffer.from(before), [0xff], Buffer.from(after)),
  text('an overlong slash', Buffer.from(before), [0xc0, 0xaf], Buffer.from(after)),
  text('an encoded surrogate', Buffer.from(before), [0xed, 0xa0, 0x80], Buffer.from(after)),
  text('a byte order mark', [0xef, 0xbb, 0xbf], Buffer.from(good)),
  text('a NUL inside a string', Buffer.from(before), [0], Buffer.from(after)),
  text('a NUL behind the document', Buffer.from(good), [0]),
  text('UTF-16', Buffer.from(good, 'utf16le')),
];

function text(what: string, ...parts: readonly (Uint8Array | readonly number[])[]): Misdeed {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return misdeed(24, what, async () => serveManifest({ bytes, mediaType: ociManifest }));
}
