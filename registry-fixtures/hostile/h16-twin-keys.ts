import { ociConfig } from '../media-types.ts';
import { descriptorOf, imageDocument, otherImage, served } from './content.ts';
import type { Misdeed } from './misdeed.ts';
import { misdeed, serveManifest } from './serve.ts';

const config = JSON.stringify(descriptorOf(ociConfig, otherImage.bytes));

/** Readers differ in which of two keys counts, and in whether case does. */
export const twinKeys: readonly Misdeed[] = ['config', 'Config', '\\u0063onfig'].map((key) =>
  misdeed(16, `the key "${key}" after "config"`, async () => {
    const text = JSON.stringify(imageDocument());
    return serveManifest(served(`${text.slice(0, -1)},"${key}":${config}}`));
  }),
);
