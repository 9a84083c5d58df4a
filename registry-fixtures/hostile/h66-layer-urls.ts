import { answerFrom, descriptorOf, image, imageDocument, served, tag } from './content.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

const foreignLayer = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';

/** Layers that are elsewhere: at the metadata service of clouds, and at a server that waits for them. */
export const layerUrls = misdeed(66, 'layers with urls of other services', async () => {
  const waiting = await startHostile((_request, reply) => {
    reply.send({ body: 'you should not have come' });
  });
  const [config = Buffer.alloc(0), layer = config] = image.blobs.map(({ bytes }) => bytes);
  const urls = [
    'http://169.254.169.254/latest/meta-data',
    `${waiting.url}/layer`,
    'file:///etc/passwd',
  ];
  const manifest = served(
    imageDocument({ layers: [{ ...descriptorOf(foreignLayer, layer), urls }] }),
  );
  return startHostile(
    (request, reply) => {
      reply.send(answerFrom({ tags: { [tag]: manifest } }, request));
    },
    { accomplice: waiting },
  );
});
