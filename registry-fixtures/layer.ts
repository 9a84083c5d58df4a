import { gzip } from 'pako';

import { digestOf } from './digest.ts';

/** A gzipped layer and the digest of the tar archive inside it. */
export interface Layer {
  readonly bytes: Buffer;
  readonly diffId: string;
}

/** Files of a layer: path to content. */
export type LayerFiles = Readonly<Record<string, string>>;

const blockBytes = 512;
/** Archives are padded to whole records of twenty blocks, as tar writes them. */
const recordBytes = 20 * blockBytes;

/** Builds a layer; equal files give equal bytes on every machine and at every time. */
export function makeLayer(files: LayerFiles): Layer {
  const archive = makeTar(files);
  // pako ports zlib bit by bit; the zlib inside Node has other match finders, so its output differs from one build to the next.
  const bytes = Buffer.from(gzip(archive, { level: 9 }));
  // Byte 8 says "slowest, best compression" (RFC 1952, 2.3.1), as gzip writes it for level 9.
  bytes[8] = 2;
  // Byte 9 of a gzip header names the operating system (RFC 1952, 2.3); 255 is "unknown", so that it says nothing of this machine.
  bytes[9] = 255;
  return { bytes, diffId: digestOf(archive) };
}

function makeTar(files: LayerFiles): Buffer {
  const parts: Buffer[] = [];
  for (const [path, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    parts.push(header(path, content.length), content, padding(content.length, blockBytes));
  }
  parts.push(Buffer.alloc(2 * blockBytes));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([...parts, padding(length, recordBytes)]);
}

/** A ustar header (POSIX.1-1988) of a regular file of root with mode 0644 and time 0. */
function header(path: string, size: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(path, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  // The checksum is taken with its own field as spaces.
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function padding(length: number, unit: number): Buffer {
  return Buffer.alloc((unit - (length % unit)) % unit);
}
