/** The program as a user runs it, against a server as a user starts it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PushTarget, seedRegistry } from '#fixtures/push.ts';
import { movedImage, recordedImages } from '#fixtures/recorded.ts';
import { startServer, type Server } from '#test/support/server.ts';
import { kubectlHas } from '#test/support/services/kubectl.ts';
import { startRegistry, type Registry } from '#test/support/services/registry.ts';
import { program, sluiceWith, until, type Sluice } from './cli-support.ts';

let server: Server;
let open: Registry;
let closed: Registry;
let sluice: Sluice;
let folder: string;
const images = recordedImages();
const digestOf = (name: string): string => images.named[name]!.digest;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
  [open, closed] = await Promise.all([
    startRegistry(),
    startRegistry({ htpasswd: { user: 'alice', password: 'secret' } }),
  ]);
  await Promise.all([
    seedRegistry(open.url, {
      images: images.open.filter(({ repository }) => repository !== 'acme/many'),
    }),
    seedRegistry(closed.url, {
      images: images.auth,
      credentials: { username: 'alice', password: 'secret' },
    }),
  ]);
  server = await startServer({ args: ['--schedule-interval', '1s'] });
  sluice = sluiceWith(server.kubeconfig);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await Promise.all([open[Symbol.asyncDispose](), closed[Symbol.asyncDispose]()]);
  rmSync(folder, { recursive: true });
});

/** The image that a tag points at, once it points at one. */
async function imageOf(stream: string, isRight: (image: string) => boolean): Promise<string> {
  const path = `jsonpath={.status.tags[0].items[0].image}`;
  const ran = await until(
    () => sluice('get', 'is', stream, '-o', path),
    ({ stdout }) => isRight(stdout),
  );
  return ran.stdout;
}

function manifest(tag: string): string {
  const from = { kind: 'DockerImage', name: 'quay.io/a/b:1' };
  return JSON.stringify({
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStream',
    metadata: { name: 'applied' },
    spec: { tags: [{ name: tag, reference: true, from }] },
  });
}

describe('the program', () => {
  test('lists its verbs', async () => {
    const { stdout, exit } = await sluice('--help');
    expect(exit).toBe(0);
    for (const verb of ['serve', 'tag', 'import-image', 'history', 'rollback', 'get'])
      expect(stdout).toContain(`  ${verb} `);
  });

  test.for([
    [['nope'], "error: unknown command 'nope'"],
    [['get', '--nope'], "error: unknown option '--nope'"],
    [['tag'], 'error: you must specify a source and at least one destination'],
  ] as const)('%j is a wrong command line', async ([args, message]) => {
    const { stderr, exit } = await sluice(...args);
    expect(exit).toBe(2);
    expect(stderr).toContain(message);
  });

  test('says that a server is not there', async () => {
    const { stderr, exit } = await sluice('--server', 'https://127.0.0.1:9', 'get', 'is');
    expect(exit).toBe(1);
    expect(stderr).toBe(
      'The connection to the server 127.0.0.1:9 was refused - did you specify the right host or port?\n' +
        'Nothing listens there: start a server with "sluice serve", or name another with --kubeconfig or --server.\n',
    );
  });

  test('says that the server does not know the token', async () => {
    const { stderr, exit } = await sluice('--token', 'wrong', 'get', 'is');
    expect(exit).toBe(1);
    expect(stderr).toMatch(
      /^error: You must be logged in to the server \(Unauthorized\)\n.* sign in with "sluice login"/,
    );
  });

  test('says what to do where the server is another one', async () => {
    const { port } = new URL(server.url);
    const flags = ['--kubeconfig', '/dev/null', '--server', `https://127.0.0.1:${port}`];
    const { stderr, exit } = await sluice(...flags, 'get', 'is');
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^Unable to connect to the server: .*\n.* pass --certificate-authority/);
  });

  test('guesses what a mistyped type was meant as', async () => {
    const { stderr, exit } = await sluice('get', 'imagestrems');
    expect([exit, stderr]).toEqual([
      1,
      'error: the server doesn\'t have a resource type "imagestrems"\nDid you mean imagestreams?\n',
    ]);
  });
});

test('the kubeconfig of the server is its administrator', async () => {
  expect((await sluice('whoami')).stdout).toBe('admin\n');
  expect((await sluice('whoami', '--show-server')).stdout).toBe(`${server.url}\n`);
});

describe('objects', () => {
  test('a stream is created, changed, shown and deleted', async () => {
    expect((await sluice('create', 'is', 'python')).stdout).toBe(
      'imagestream.image.openshift.io/python created\n',
    );
    expect((await sluice('create', 'is', 'python')).stderr).toBe(
      'Error from server (AlreadyExists): imagestreams.image.openshift.io "python" already exists\n',
    );
    await sluice('label', 'is', 'python', 'team=a');
    expect((await sluice('label', 'is', 'python', 'team=b')).exit).toBe(1);
    await sluice('label', 'is', 'python', 'team=b', '--overwrite');
    await sluice('annotate', 'is', 'python', 'description=Python');
    await sluice(
      'patch',
      'is',
      'python',
      '--type=merge',
      '-p',
      '{"spec":{"lookupPolicy":{"local":true}}}',
    );
    const described = (await sluice('describe', 'is', 'python')).stdout;
    for (const line of [
      'Labels:			team=b',
      'Description:		Python',
      'Image Lookup:		local=true',
    ])
      expect(described).toContain(line);
    expect((await sluice('get', 'is', '-l', 'team=b', '-o', 'name')).stdout).toBe(
      'imagestream.image.openshift.io/python\n',
    );
    expect((await sluice('delete', 'is', 'python')).stdout).toBe(
      'imagestream.image.openshift.io "python" deleted\n',
    );
    expect((await sluice('get', 'is', 'python')).stderr).toBe(
      'Error from server (NotFound): imagestreams.image.openshift.io "python" not found\n',
    );
  });

  test('a watch shows a header once, and a row for each change', async () => {
    const watching = spawn(program, ['get', 'is', '-l', 'watched=yes', '-w'], {
      env: { ...process.env, KUBECONFIG: server.kubeconfig },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(watching, 'close');
    let seen = '';
    watching.stdout.setEncoding('utf8').on('data', (text: string) => void (seen += text));
    await sluice('create', 'is', 'watched');
    await sluice('label', 'is', 'watched', 'watched=yes');
    await until(
      () => sluice('annotate', 'is', 'watched', `now=${String(seen.length)}`, '--overwrite'),
      () => seen.split('\n').length > 3,
    );
    expect(seen).toMatch(/^NAME +IMAGE REPOSITORY +TAGS +UPDATED\n(?:watched .*\n)+$/);
    watching.kill('SIGINT');
    expect(await exit).toEqual([130, null]);
    await sluice('delete', 'is', 'watched');
  });

  test('a file is applied as kubectl applies it', async () => {
    const file = join(folder, 'stream.yaml');
    writeFileSync(file, manifest('one'));
    expect((await sluice('apply', '-f', file)).stdout).toContain('applied created');
    expect((await sluice('apply', '-f', file)).stdout).toContain('applied unchanged');
    const stored = ['get', 'is', 'applied', '-o', 'json'];
    const before = await server.kubectl(stored);
    // Older ones replace the list that the server filled in: they send something, and it changes nothing.
    const words = (await kubectlHas('strategic patches')) ? /unchanged/ : /unchanged|configured/;
    expect((await server.kubectl(['apply', '-f', file])).stdout).toMatch(words);
    expect(await server.kubectl(stored)).toEqual(before);
    writeFileSync(file, manifest('two'));
    expect((await sluice('apply', '-f', file)).stdout).toContain('applied configured');
    const names = await sluice('get', 'is', 'applied', '-o', 'jsonpath={.spec.tags[*].name}');
    expect(names.stdout).toBe('two');
    expect((await sluice('delete', '-f', file)).exit).toBe(0);
    const onServer = await sluice('apply', '--server-side', '-f', file);
    expect(onServer.stdout).toContain('applied serverside-applied');
  });
});

describe('tags and imports', () => {
  test('a tag of an external image is imported by itself, and a snapshot of it stays', async () => {
    const source = `${open.host}/acme/demo:v1`;
    expect((await sluice('tag', '--insecure', source, 'demo:base')).stdout).toBe(
      `Tag demo:base set to ${source}.\n`,
    );
    await imageOf('demo', (image) => image === digestOf('demo1'));
    expect((await sluice('tag', 'demo:base', 'demo:prod')).stdout).toBe(
      `Tag demo:prod set to demo@${digestOf('demo1')}.\n`,
    );
    expect((await sluice('describe', 'istag', 'demo:prod')).stdout).toContain(
      `Docker Image:	${open.host}/acme/demo@${digestOf('demo1')}`,
    );
    expect((await sluice('tag', '-d', 'demo:prod')).stdout).toBe(
      'Deleted tag default/demo:prod.\n',
    );
  });

  test('a whole repository is imported and told', async () => {
    const { stdout, exit } = await sluice(
      'import-image',
      'all',
      `--from=${open.host}/acme/demo`,
      '--all',
      '--confirm',
      '--insecure',
    );
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^imagestream\.image\.openshift\.io\/all imported\n/);
    expect(stdout).toContain('Tags:			6');
    expect(stdout).toContain(`Image Name:	all:v2.0`);
  });

  test('a private image needs the pull secret of its namespace', async () => {
    const importIt = (): ReturnType<Sluice> =>
      sluice(
        'import-image',
        'secret',
        `--from=${closed.host}/acme/secret:latest`,
        '--confirm',
        '--insecure',
      );
    const refused = await importIt();
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toBe(
      `error: tag latest failed: you may not have access to the container image "${closed.host}/acme/secret:latest"\nerror: imported completed with errors\n`,
    );
    await sluice(
      'create',
      'secret',
      'docker-registry',
      'pull',
      `--docker-server=${closed.host}`,
      '--docker-username=alice',
      '--docker-password=secret',
    );
    const done = await importIt();
    expect([done.exit, done.stderr]).toEqual([0, '']);
    expect(done.stdout).toContain(digestOf('priv'));
    expect((await sluice('why', 'secret:latest')).stdout).toMatch(
      /^Since: .* imported by \S+ with the pull secret pull \(revision 1\)$/m,
    );
  });

  test('a scheduled tag follows its source, keeps its history and is rolled back', async () => {
    await sluice(
      'tag',
      '--scheduled',
      '--insecure',
      `${open.host}/acme/moving:latest`,
      'moving:latest',
    );
    await imageOf('moving', (image) => image === digestOf('mov1'));
    const moved = movedImage();
    await new PushTarget(open.url).pushImage('acme/moving', ['latest'], moved);
    await imageOf('moving', (image) => image === moved.digest);
    const history = (await sluice('history', 'moving:latest')).stdout;
    expect(history.match(/sha256:[0-9a-f]{64}/g)).toEqual([
      moved.digest,
      moved.digest,
      digestOf('mov1'),
      digestOf('mov1'),
    ]);
    const back = await sluice('rollback', 'moving:latest');
    expect(back.stdout).toBe(`Tag moving:latest rolled back to revision 1, ${digestOf('mov1')}.\n`);
    expect(back.stderr).toContain('is still checked but does not move the tag');
    expect(await imageOf('moving', () => true)).toBe(digestOf('mov1'));
    const rows = (await sluice('history', 'moving:latest', '-o', 'json')).stdout;
    expect(JSON.parse(rows)).toMatchObject([
      { revision: 3, cause: 'rollback', by: 'admin', image: digestOf('mov1') },
      { revision: 2, cause: 'schedule', image: moved.digest },
      { revision: 1, cause: 'import', image: digestOf('mov1') },
    ]);
    const why = (await sluice('why', 'moving:latest')).stdout;
    expect(why).toMatch(/^Hold: +until it is released/m);
    expect(why).toMatch(/^Waits for: +the end of its hold/m);
    const diff = (await sluice('diff', 'moving:latest', '1', '2')).stdout;
    expect(diff).toContain(`--- ${digestOf('mov1')}\n+++ ${moved.digest}\n`);
    await until(
      () => sluice('why', 'moving:latest'),
      ({ stdout }) => stdout.includes('the tag is held back'),
    );
    expect(await imageOf('moving', () => true)).toBe(digestOf('mov1'));
    expect((await sluice('rollback', '--release', 'moving:latest')).exit).toBe(0);
    await imageOf('moving', (image) => image === moved.digest);
    expect((await sluice('rollback', 'moving:latest', '--to', '9')).stderr).toBe(
      'error: tag "latest" has no revision "9" in its history\n',
    );
  });
});

/** What a registry tells after a push, as a document of OpenShift 3. */
function push(digest: string): string {
  return `
apiVersion: v1
kind: ImageStreamMapping
metadata: { name: pruned }
tag: 1
image:
  metadata: { name: "${digest}" }
  dockerImageReference: registry.example/app/pruned@${digest}
`;
}

test('old entries and unused images are pruned, and the causes of what stays are kept', async () => {
  const file = join(folder, 'pushes.yaml');
  const digests = ['a', 'b', 'c', 'd'].map((letter) => `sha256:${letter.repeat(64)}`);
  writeFileSync(file, digests.map(push).join('---'));
  await sluice('create', 'is', 'pruned');
  expect((await sluice('create', '-f', file)).exit).toBe(0);
  const prune = ['adm', 'prune', 'images', '--keep-younger-than=0', '--keep-tag-revisions=2'];
  const dry = await sluice(...prune);
  expect(dry.stdout).toContain('Deleting 2 items from image stream default/pruned\n');
  expect((await sluice('history', 'pruned:1')).stdout.trim().split('\n')).toHaveLength(5);
  const done = await sluice(...prune, '--confirm', '--num-workers=1');
  expect([done.exit, done.stdout]).toEqual([0, dry.stdout]);
  const left = await sluice('history', 'pruned:1', '-o', 'json');
  expect(JSON.parse(left.stdout)).toMatchObject([
    { image: digests[3], cause: 'mapping', by: 'admin' },
    { image: digests[2], cause: 'mapping', by: 'admin' },
  ]);
  expect((await sluice('get', 'image', digests[0]!)).stderr).toContain('not found');
  expect((await sluice('get', 'image', digests[2]!)).exit).toBe(0);
  expect((await sluice(...prune)).stdout).not.toContain('default/pruned');
});
