import { ociConfig } from '../media-types.ts';
import { descriptorOf, image, imageDocument, served, tag } from './content.ts';
import { misdeed, serveShelf } from './serve.ts';

const evil = '{"__proto__":{"polluted":"yes"},"constructor":"c","toString":"t","ok":"o"}';

/** Keys with a meaning in JavaScript, in annotations of the manifest and labels of the config. */
export const prototypeKeys = misdeed(25, 'keys named __proto__ and constructor', async () => {
  const [good = Buffer.alloc(0)] = image.blobs.map(({ bytes }) => bytes);
  const config = Buffer.from(
    good.toString('utf8').replace('{"name":"hostile"}', '{"__proto__":"p","constructor":"c"}'),
  );
  const annotations = evil.replace('{"polluted":"yes"}', '"p"');
  const text = JSON.stringify(imageDocument({ config: descriptorOf(ociConfig, config) }));
  return serveShelf({
    tags: {
      [tag]: served(`${text.slice(0, -1)},"annotations":${annotations},"__proto__":${evil}}`),
    },
    blobs: [config],
  });
});
