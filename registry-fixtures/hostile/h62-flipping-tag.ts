import { makeImage } from '../make.ts';
import { answerFrom, answerOf, errorAnswer, goodShelf, image, tag } from './content.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** Each time the tag is asked for, it names another manifest; older ones are gone at once. */
export const flippingTag = misdeed(62, 'a tag that names another image each time', async () => {
  let current = image;
  let version = 0;
  return startHostile((request, reply) => {
    if (request.path.endsWith(`/manifests/${tag}`)) {
      version += 1;
      current = makeImage({
        format: 'oci',
        layers: [{ version: String(version) }],
        config: { Labels: { version: String(version) } },
      });
      reply.send(answerOf(current));
    } else if (request.path.includes('/manifests/')) {
      reply.send(errorAnswer(404, 'MANIFEST_UNKNOWN', 'manifest unknown'));
    } else {
      const blob = current.blobs.find(({ digest }) => request.path.endsWith(digest));
      reply.send(
        blob === undefined ? answerFrom(goodShelf, request) : { headers: {}, body: blob.bytes },
      );
    }
  });
});
