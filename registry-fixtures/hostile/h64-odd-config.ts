import { ociConfig } from '../media-types.ts';
import { answerFrom, descriptorOf, image, imageDocument, served, tag } from './content.ts';
import { digestOf } from '../digest.ts';
import type { Misdeed } from './misdeed.ts';
import { misdeed, serveShelf } from './serve.ts';
import { startHostile } from './server.ts';

/** Configs that are no image configs, under their right digests. */
export const oddConfigs: readonly Misdeed[] = [
  ['an array', '[]'],
  ['a string', '"config"'],
  ['null', 'null'],
  ['a number', '42'],
  ['not JSON', 'this is no JSON'],
  ['empty', ''],
  ['deep', '['.repeat(100_000)],
  ['not UTF-8', '\u00ff'],
].map(([what = '', text = '']) =>
  withConfig(`a config that is ${what}`, Buffer.from(text, 'latin1')),
);

const good = JSON.parse(image.blobs[0]?.bytes.toString('utf8') ?? '') as Record<string, unknown>;

export const rootfsMismatch = withConfig(
  'a config with more diff_ids than layers',
  json({ ...good, rootfs: { type: 'layers', diff_ids: ['sha256:a', 'sha256:b', 'sha256:c'] } }),
);

/** Builders squash, and leave the history as it was. */
export const historyMismatch = withConfig(
  'a config with more history than layers',
  json({ ...good, history: Array.from({ length: 9 }, () => ({ created_by: 'RUN x' })) }),
);

/** Announced in the manifest, so that nothing of it has to be read. */
export const giantConfig = misdeed(64, 'a config of 2 GiB', async () => {
  const digest = digestOf(Buffer.from('giant'));
  const size = 2 * 1024 * 1024 * 1024;
  const manifest = served(imageDocument({ config: { mediaType: ociConfig, digest, size } }));
  return startHostile(async (request, reply) => {
    if (!request.path.endsWith(digest)) {
      reply.send(answerFrom({ tags: { [tag]: manifest } }, request));
      return;
    }
    reply.head({ headers: { 'Content-Length': String(size) } });
    const chunk = Buffer.alloc(64 * 1024, ' ');
    while (!reply.closed) await reply.paced(chunk);
  });
});

/** The manifest says that it is small. */
export const endlessConfig = misdeed(64, 'a config without end', async () => {
  const config = image.blobs[0]?.bytes ?? Buffer.alloc(0);
  const manifest = served(imageDocument({ config: descriptorOf(ociConfig, config) }));
  return startHostile(async (request, reply) => {
    if (!request.path.endsWith(digestOf(config))) {
      reply.send(answerFrom({ tags: { [tag]: manifest } }, request));
      return;
    }
    reply.head({ headers: { Connection: 'close' } });
    const chunk = Buffer.alloc(64 * 1024, ' ');
    while (!reply.closed) await reply.paced(chunk);
  });
});

function withConfig(what: string, bytes: Buffer): Misdeed {
  const manifest = served(imageDocument({ config: descriptorOf(ociConfig, bytes) }));
  return misdeed(64, what, async () => serveShelf({ tags: { [tag]: manifest }, blobs: [bytes] }));
}

function json(document: object): Buffer {
  return Buffer.from(JSON.stringify(document));
}
