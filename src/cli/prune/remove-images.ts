import { unusedImages, type PrunableImage, type PruneRules } from '#src/domain/prune.ts';
import type { Image, ImageStream } from '#src/domain/types.ts';
import { StatusError } from '#src/meta/status.ts';
import type { Session } from '../session.ts';
import { forEach } from './for-each.ts';
import type { Images } from './images.ts';

/** What the removal of images needs of the whole run. */
export interface Removal {
  readonly session: Session;
  readonly images: Images;
  readonly rules: PruneRules;
  /** Requests at a time. */
  readonly workers: number;
  /** All streams as they are now. */
  readonly readStreams: () => Promise<readonly ImageStream[]>;
  /** Does what one image needs, and goes on when that fails. */
  readonly attempt: (work: () => Promise<void>) => Promise<void>;
  /** Called with 1 for each image that is removed, and with -1 for each that is put back. */
  readonly count: (images: 1 | -1) => void;
}

const imagesPath = '/apis/image.openshift.io/v1/images';

/** Images that are removed before the streams are looked at again. */
const batchSize = 500;

/**
 * Removes the images that no history refers to. Imports go on meanwhile: an image that one has put onto a tag since the
 * streams were read is put back. One that does so later finds the image missing and makes it again itself.
 */
export async function removeImages(removal: Removal): Promise<void> {
  const { session, workers } = removal;
  let unused = await unusedNow(removal);
  const all = [...unused.values()];
  for (let start = 0; start < all.length; start += batchSize) {
    const removed = new Map<string, Image>();
    const batch = all.slice(start, start + batchSize).filter(({ name }) => unused.has(name));
    await forEach(batch, workers, async ({ name }, index) => {
      session.progress(`images: ${start + index + 1} of ${all.length}`);
      await removal.attempt(async () => {
        removed.set(name, await take(session, name));
        session.out(`Deleting image ${name}\n`);
        removal.count(1);
      });
    });
    unused = await unusedNow(removal);
    for (const [name, image] of removed)
      if (!unused.has(name)) await removal.attempt(() => putBack(removal, image));
  }
}

async function unusedNow({
  images,
  rules,
  readStreams,
}: Removal): Promise<ReadonlyMap<string, PrunableImage>> {
  const unused = unusedImages(await readStreams(), images, rules);
  return new Map(unused.map((image) => [image.name, image]));
}

async function take(session: Session, name: string): Promise<Image> {
  const path = `${imagesPath}/${name}`;
  const image = await session.api().request<Image>({ method: 'GET', path });
  await session.api().request({ method: 'DELETE', path });
  return image;
}

async function putBack({ session, count }: Removal, image: Image): Promise<void> {
  const { resourceVersion: _version, uid: _uid, ...metadata } = image.metadata;
  session.err(`A tag has taken up image ${metadata.name ?? ''} meanwhile: it is put back\n`);
  count(-1);
  try {
    await session.api().request({ method: 'POST', path: imagesPath, body: { ...image, metadata } });
  } catch (error) {
    // Whoever took it up has made it again.
    if (!(error instanceof StatusError) || error.status.reason !== 'AlreadyExists') throw error;
  }
}
