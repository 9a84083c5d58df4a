import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeImageStream } from '#src/cli/describe/image-stream.ts';
import { describeImage } from '#src/cli/describe/image.ts';
import type { Image, ImageStream, ImageStreamImage } from '#src/domain/types.ts';

interface Recorded {
  readonly command: string;
  readonly kind: string;
  /** The time at which the recorded ages were true. */
  readonly now: string;
  readonly object: unknown;
  readonly stdout: string;
}

const folder = new URL('../golden/cli/describe/', import.meta.url);
const recordings = readdirSync(folder).map((file) => ({
  file,
  ...(JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Recorded),
}));

test.for(recordings)('$file: $command', ({ kind, now, object, stdout }) => {
  expect(described(kind, object, Date.parse(now))).toBe(stdout);
});

function described(kind: string, object: unknown, now: number): string {
  if (kind === 'is') return describeImageStream(object as ImageStream, now);
  if (kind === 'image') return describeImage(object as Image, '', now);
  const { image } = object as ImageStreamImage;
  return describeImage(image, image.metadata.name ?? '', now);
}
