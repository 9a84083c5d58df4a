import { served } from './content.ts';
import type { Misdeed } from './misdeed.ts';
import { misdeed, serveManifest } from './serve.ts';

/** As large as a manifest may be. */
const bytes = 4 * 1024 * 1024;

/** Parsers recurse, or build millions of objects. */
export const deepJson: readonly Misdeed[] = ['[', '{"a":'].map((opening) =>
  misdeed(18, `a manifest of 4 MiB of ${opening}`, async () =>
    serveManifest(served(opening.repeat(bytes / opening.length))),
  ),
);
