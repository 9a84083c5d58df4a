/** Real kubectl with the kubeconfig that the server wrote. */
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type Server } from '#test/support/server.ts';
import { kubectlHas } from '#test/support/services/kubectl.ts';
import { argvOf } from '#test/support/services/argv.ts';
import { until } from './cli-support.ts';

let server: Server;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function stream(name: string): string {
  return JSON.stringify({
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStream',
    metadata: { name, labels: { app: name } },
    spec: {
      tags: [
        {
          name: 'v1',
          reference: true,
          from: { kind: 'DockerImage', name: 'quay.io/org/app:v1' },
        },
      ],
    },
  });
}

function pullSecret(config: object): { readonly input: string } {
  return {
    input: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'helped' },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': JSON.stringify(config) },
    }),
  };
}

function ignored(key: string): string {
  return `Warning: data[.dockerconfigjson].${key}: credential helpers are ignored in secrets; only auths is read\n`;
}

/** kubectl, which must succeed; answers what it printed. */
async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const { stdout, stderr, exitCode } = await server.kubectl(
    args,
    input === undefined ? {} : { input },
  );
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return stdout;
}

test('a pull secret that names credential helpers is kept, and kubectl says that none is run', async () => {
  const apply = ['apply', '--server-side', '-f', '-'];

  const created = await server.kubectl(apply, pullSecret({ credsStore: 'canary-of-the-secret' }));
  const changed = await server.kubectl(
    apply,
    pullSecret({ credsStore: 'desktop', credHelpers: { 'a.test': 'ecr-login' } }),
  );
  const mended = await server.kubectl(apply, pullSecret({ auths: {} }));

  expect(created).toMatchObject({
    exitCode: 0,
    stdout: 'secret/helped serverside-applied\n',
    stderr: ignored('credsStore'),
  });
  expect(changed.stderr).toBe(ignored('credHelpers') + ignored('credsStore'));
  expect(mended).toMatchObject({ exitCode: 0, stderr: '' });
});

test('an image stream is created, read, changed and deleted', async () => {
  expect(await kubectl(['create', '-f', '-'], stream('crud'))).toBe(
    'imagestream.image.openshift.io/crud created\n',
  );
  const yaml = await kubectl(['get', 'imagestream', 'crud', '-o', 'yaml']);
  expect(yaml).toContain('kind: ImageStream');
  expect(yaml).toContain('      name: quay.io/org/app:v1');
  expect(await kubectl(['get', 'is', '-l', 'app=crud'])).toMatch(/^NAME +IMAGE REPOSITORY +TAGS/);
  await kubectl(['label', 'is', 'crud', 'more=yes']);
  await kubectl([
    'patch',
    'is',
    'crud',
    '--type=merge',
    '-p',
    '{"spec":{"lookupPolicy":{"local":true}}}',
  ]);
  const changed = await kubectl([
    'get',
    'is',
    'crud',
    '-o',
    'jsonpath={.metadata.labels.more},{.spec.lookupPolicy.local}',
  ]);
  expect(changed).toBe('yes,true');
  expect(await kubectl(['delete', 'is', 'crud'])).toContain('"crud" deleted');
  const gone = await server.kubectl(['get', 'is', 'crud']);
  expect(gone.stderr).toBe(
    'Error from server (NotFound): imagestreams.image.openshift.io "crud" not found\n',
  );
});

test('a stream is applied again without a change, and explained', async () => {
  expect(await kubectl(['apply', '-f', '-'], stream('applied'))).toContain('created');
  const before = await kubectl(['get', 'is', 'applied', '-o', 'json']);
  // Older ones replace the list that the server filled in: they send something, and it changes nothing.
  const words = (await kubectlHas('strategic patches')) ? /unchanged/ : /unchanged|configured/;
  expect(await kubectl(['apply', '-f', '-'], stream('applied'))).toMatch(words);
  expect(await kubectl(['get', 'is', 'applied', '-o', 'json'])).toBe(before);
  expect(await kubectl(['diff', '-f', '-'], stream('applied'))).toBe('');
  expect(await kubectl(['explain', 'imagestream.spec.tags'])).toContain('importPolicy');
});

test('what is invalid is refused with the field', async () => {
  const bad = stream('bad').replace('quay.io/org/app:v1', 'not valid');
  const { stderr, exitCode } = await server.kubectl(['create', '-f', '-'], { input: bad });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('The ImageStream "bad" is invalid');
  expect(stderr).toContain('from.name');
});

test('a watch shows what happens', async () => {
  const directory = dirname(server.kubeconfig);
  const argv = argvOf(
    'kubectl',
    [
      `--kubeconfig=${server.kubeconfig}`,
      `--cache-dir=${directory}/kubectl-cache`,
      'get',
      'is',
      '--watch-only',
      '--output-watch-events',
      '-o',
      'jsonpath={.type} {.object.metadata.name}{"\\n"}',
    ],
    { directories: [directory] },
  );
  const watching = spawn(argv.command, [...argv.args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let seen = '';
  watching.stdout.setEncoding('utf8').on('data', (text: string) => void (seen += text));
  const shown = (line: string): Promise<unknown> =>
    until(
      () => Promise.resolve(seen),
      (text) => text.includes(line),
    );
  try {
    await kubectl(['create', '-f', '-'], stream('before'));
    // The watch has begun as soon as it shows anything; streams are made until it does.
    let number = 0;
    await until(
      async () => {
        number += 1;
        await kubectl(['create', '-f', '-'], stream(`probe-${number}`));
        return seen;
      },
      (text) => text.includes('ADDED probe-'),
    );
    await kubectl(['create', '-f', '-'], stream('watched'));
    await shown('ADDED watched\n');
    await kubectl(['label', 'is', 'watched', 'a=b']);
    await shown('MODIFIED watched\n');
    await kubectl(['delete', 'is', 'watched']);
    await shown('DELETED watched\n');
    expect(seen).not.toContain('ERROR');
  } finally {
    watching.kill();
  }
});
