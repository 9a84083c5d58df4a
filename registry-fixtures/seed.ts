/**
 * Pushes the fixtures to registries:
 *
 *   node registry-fixtures/seed.ts --open 127.0.0.1:5000 [--auth 127.0.0.1:5001 [--user alice] [--password-env NAME]]
 *   node registry-fixtures/seed.ts --layouts DIR
 *
 * `--open` takes the images that everybody may read, `--auth` the private one. The password is read from the named
 * environment variable; default SEED_PASSWORD. `--layouts` writes one OCI image layout a shape instead, as they stand
 * in registry-fixtures/images.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { writeLayout } from './layout.ts';
import { seedRegistry } from './push.ts';
import { recordedImages } from './recorded.ts';
import { shapePlacements, shapes } from './shapes.ts';

const { values } = parseArgs({
  options: {
    open: { type: 'string' },
    auth: { type: 'string' },
    layouts: { type: 'string' },
    user: { type: 'string', default: 'alice' },
    'password-env': { type: 'string', default: 'SEED_PASSWORD' },
  },
});
if ((values.open ?? values.auth ?? values.layouts) === undefined) {
  process.stderr.write(
    'usage: node registry-fixtures/seed.ts [--open HOST:PORT] [--auth HOST:PORT] [--layouts DIR]\n',
  );
  process.exit(2);
}
const { open, auth } = recordedImages();
if (values.open !== undefined) {
  const images = [...open, ...shapePlacements()];
  await seedRegistry(baseUrl(values.open), { images });
  report(values.open, images.length);
}
if (values.auth !== undefined) {
  const password = process.env[values['password-env']] ?? '';
  await seedRegistry(baseUrl(values.auth), {
    images: auth,
    credentials: { username: values.user, password },
  });
  report(values.auth, auth.length);
}
if (values.layouts !== undefined) {
  for (const [name, manifest] of Object.entries(shapes()))
    writeLayout(join(values.layouts, name), manifest);
  report(values.layouts, Object.keys(shapes()).length);
}

function baseUrl(host: string): string {
  return host.includes('://') ? host : `http://${host}`;
}

function report(host: string, count: number): void {
  process.stdout.write(`${host}: ${count} images\n`);
}
