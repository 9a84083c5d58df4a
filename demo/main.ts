/**
 * The whole story in a minute, on throwaway registries and a throwaway server: import, a private registry, a tag that
 * moves upstream and is followed, its history, and a rollback. Everything it shows is checked; it ends with 1 when
 * something is not as told.
 */
import { randomBytes } from 'node:crypto';
import { PushTarget, seedRegistry } from '#fixtures/push.ts';
import { movedImage, recordedImages } from '#fixtures/recorded.ts';
import { startServer } from '#test/support/server.ts';
import { startRegistry } from '#test/support/services/registry.ts';
import { Stage } from './stage.ts';

/** In production it is 15 minutes; nobody watches a demo that long. */
const scheduleInterval = '3s';
const user = 'alice';

async function main(): Promise<void> {
  const password = randomBytes(12).toString('hex');
  process.stdout.write('Starting two registries, one of them with a password, and a server …\n');
  await using open = await startRegistry();
  await using closed = await startRegistry({ htpasswd: { user, password } });
  const images = recordedImages();
  await seedRegistry(open.url, {
    images: images.open.filter(({ repository }) => repository !== 'acme/many'),
  });
  await seedRegistry(closed.url, {
    images: images.auth,
    credentials: { username: user, password },
  });
  await using server = await startServer({ args: ['--schedule-interval', scheduleInterval] });
  const stage = new Stage(server.kubeconfig);
  try {
    await importByTag(stage, open.host);
    await privateImage(stage, { host: closed.host, password });
    await movingTag(stage, open);
  } catch (error) {
    process.stderr.write(
      `\nThe server said last:\n${server.logs().split('\n').slice(-15).join('\n')}\n`,
    );
    throw error;
  }
  stage.say('Done: everything happened as told.');
}

async function importByTag(stage: Stage, host: string): Promise<void> {
  stage.say('A tag that names an external image is imported by itself.');
  await stage.sluice(['tag', '--insecure', `${host}/acme/demo:v1`, 'demo:stable']);
  await stage.until('the import', ['get', 'istag', 'demo:stable', '-o', 'name'], (name) =>
    name.includes('demo:stable'),
  );
  await stage.sluice(['get', 'istag'], { says: `${host}/acme/demo@sha256:` });
  await stage.sluice(['describe', 'istag', 'demo:stable'], { says: '--port 8080' });
}

async function privateImage(
  stage: Stage,
  registry: { readonly host: string; readonly password: string },
): Promise<void> {
  const { host, password } = registry;
  const source = `${host}/acme/secret:latest`;
  const importIt = ['import-image', 'secret', `--from=${source}`, '--confirm', '--insecure'];
  stage.say('A private image is refused without credentials …');
  await stage.sluice(importIt, {
    exit: 1,
    says: `you may not have access to the container image "${source}"`,
  });
  stage.say('… and imported with a pull secret of the namespace.');
  await stage.sluice(
    [
      'create',
      'secret',
      'docker-registry',
      'pull',
      `--docker-server=${host}`,
      `--docker-username=${user}`,
      `--docker-password=${password}`,
    ],
    { secrets: [password] },
  );
  await stage.sluice(importIt, {
    says: 'imagestream.image.openshift.io/secret imported',
  });
}

async function movingTag(
  stage: Stage,
  registry: { readonly host: string; readonly url: string },
): Promise<void> {
  const top = ['get', 'is', 'moving', '-o', 'jsonpath={.status.tags[0].items[0].image}'];
  stage.say(
    `A scheduled tag is looked at every ${scheduleInterval}, here (15 minutes by default).`,
  );
  const source = `${registry.host}/acme/moving:latest`;
  await stage.sluice(['tag', '--scheduled', '--insecure', source, 'moving:latest']);
  const first = await stage.until('the first import', top, (image) => image.startsWith('sha256:'));
  await stage.sluice(['history', 'moving:latest'], { says: first });

  stage.say('Upstream, somebody moves the tag …');
  const moved = movedImage();
  await new PushTarget(registry.url).pushImage('acme/moving', ['latest'], moved);
  await stage.until('the scheduled import', top, (image) => image === moved.digest);
  stage.say('… and the stream has followed. Both images are in its history.');
  const { stdout } = await stage.sluice(['history', 'moving:latest'], { says: moved.digest });
  if (!stdout.includes(first)) throw new Error('the history has lost the first image');

  stage.say('The new one is bad: back to the old one, with one command.');
  await stage.sluice(['rollback', 'moving:latest'], { says: first });
  await stage.until('the rollback', top, (image) => image === first);
  await stage.sluice(['history', 'moving:latest'], { says: '3*' });
  await stage.sluice(['why', 'moving:latest'], { says: 'hold' });
}

try {
  await main();
} catch (error) {
  process.stderr.write(
    `\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
}
