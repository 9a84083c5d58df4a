/** What kubectl can do as well is done alike: the same command line to both programs, on the same server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer, type Server } from '#test/support/server.ts';
import { kubectlHas } from '#test/support/services/kubectl.ts';
import { sluiceWith, type Sluice } from './cli-support.ts';

let server: Server;
let sluice: Sluice;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-alike-'));
  server = await startServer({ args: ['--controllers', 'off'] });
  sluice = sluiceWith(server.kubeconfig, folder);
  const names = ['app-10', 'app-9', 'db'];
  const items = names.map((name, index) => ({
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStream',
    metadata: {
      name,
      labels: { 'example.com/team': `t${index}`, ...(index === 0 ? { tier: 'front' } : {}) },
      annotations: { size: `${3 - index}Gi` },
    },
    spec: {
      lookupPolicy: { local: index === 1 },
      tags: ['b', 'a'].slice(index).map((tag) => ({ name: tag, reference: true, from: source })),
    },
  }));
  const list = { apiVersion: 'v1', kind: 'List', metadata: {}, items };
  writeFileSync(join(folder, 'streams.json'), JSON.stringify(list));
  writeFileSync(join(folder, 'one.json'), JSON.stringify(items[0]));
  writeFileSync(join(folder, 'new.json'), JSON.stringify({ ...items[0], metadata: { name: 'n' } }));
  await server.kubectl(['create', '-f', join(folder, 'streams.json')]);
  await server.kubectl(['create', 'secret', 'generic', 'app-10']);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const source = { kind: 'DockerImage', name: 'quay.io/acme/app:1' };

/** How a kubectl before 1.32 says the same: another command line, and what newer ones print otherwise. */
interface Older {
  readonly line?: string;
  readonly stdout?: (text: string) => string;
  readonly stderr?: (text: string) => string;
}

const withoutHint: Older = { stderr: (text) => text.replace(/See 'kubectl get -h'.*\n/, '') };

const older: Readonly<Record<string, Older>> = {
  // Numbers in names counted there.
  'get is --sort-by=.metadata.name': {
    stdout: (text) => text.replace(/\n([^]*)\n$/, (_all, rows: string) => `\n${sorted(rows)}\n`),
  },
  // Managed fields were always shown.
  'get is db -o yaml --show-managed-fields': { line: 'get is db -o yaml' },
  'get is db -o json --show-managed-fields=false': {
    line: 'get is db -o json',
    stdout: (text) => {
      const { metadata, ...object } = JSON.parse(text);
      const { managedFields: _managed, ...others } = metadata;
      const { apiVersion, kind, ...rest } = object;
      return `${JSON.stringify({ apiVersion, kind, metadata: others, ...rest }, null, 4)}\n`;
    },
  },
  'get -f @one.json -o yaml': {
    stdout: (text) => text.replace(/^ {2}managedFields:\n(?: {2}[- ].*\n)+/m, ''),
  },
  'get --raw nothing': withoutHint,
  'get --raw /version -o yaml': withoutHint,
  'label is db a=b --dry-run=client': { stdout: (text) => text.replace('\n', ' (dry run)\n') },
  'label is db a=b --dry-run=server': {
    stdout: (text) => text.replace('\n', ' (server dry run)\n'),
  },
};

function sorted(lines: string): string {
  return lines.split('\n').toSorted().join('\n');
}

function firstWords(text: string): string[] {
  return text.split('\n').map((line) => line.split(' ')[0]!);
}

const age = /(?:Less than a second|\d+ seconds?|About a minute|\d+ minutes) ago/g;

/** Time goes by between the two programs: where ages are shown, neither they nor the room they take is compared. */
function ageless(text: string): string {
  return text.search(age) === -1
    ? text
    : text.replaceAll(age, 'a while ago').replaceAll(/ {3,}/g, '   ');
}

/** The words of a command line; `@` is the folder of the files. */
function argsOf(line: string): string[] {
  return line.split(' ').map((arg) => arg.replace(/^@/, `${folder}/`));
}

async function expectAlike(line: string): Promise<void> {
  const other = (await kubectlHas('messages of 1.32')) ? {} : (older[line] ?? {});
  const [theirs, ours] = await Promise.all([
    server.kubectl(argsOf(other.line ?? line)),
    sluice(...argsOf(line)),
  ]);
  const { stdout = unchanged, stderr = unchanged } = other;
  expect(ageless(ours.stdout)).toBe(ageless(stdout(theirs.stdout)));
  expect(ours.stderr.replaceAll("'sluice ", "'kubectl ")).toBe(stderr(theirs.stderr));
  expect(ours.exit === 0).toBe(theirs.exitCode === 0);
}

function unchanged(text: string): string {
  return text;
}

describe('get', () => {
  const columns = 'custom-columns=NAME:.metadata.name,TAGS:{.spec.tags[*].name},NOPE:.spec.nope';

  test.for([
    'get is --sort-by=.metadata.name',
    'get is --sort-by {.metadata.labels.example\\.com/team}',
    'get is --sort-by=metadata.annotations.size',
    'get is --sort-by=.metadata.annotations.size -o name',
    'get is -L example.com/team,tier',
    'get is -L tier --label-columns=example.com/team --show-labels',
    `get is -o ${columns}`,
    `get is db -o ${columns} --no-headers`,
    'get is db -o custom-columns=POLICY:.spec.lookupPolicy,KINDS:.spec.tags',
    'get is -o custom-columns=',
    'get is -o custom-columns=NAME',
    'get is db -o yaml --show-managed-fields',
    'get is db -o json --show-managed-fields=false',
    'get -f @streams.json',
    'get -f @streams.json -o name',
    'get -f @one.json -o yaml',
    'get -f @new.json',
    'get is -f @one.json',
    'get is/app-10 is/db',
    'get is,secrets app-10 -o name',
    'get --raw /apis/image.openshift.io/v1/namespaces/default/imagestreams/db',
    'get --raw /apis/nothing',
    'get --raw nothing',
    'get is --raw /version',
    'get --raw /version -o yaml',
    'get --raw /version -l a=b',
  ])('%s', expectAlike);

  test('of several types every name says its own', async () => {
    const args = ['get', 'is,secrets', 'app-10'];
    const [theirs, ours] = [await server.kubectl(args), await sluice(...args)];
    expect(firstWords(ours.stdout)).toEqual(firstWords(theirs.stdout));
  });
});

describe('a dry run', () => {
  test.for([
    'create -f @new.json --dry-run=client',
    'create -f @new.json --dry-run=client -o yaml',
    'create -f @new.json --dry-run=server',
    'create -f @new.json --dry-run=sometimes',
    'create namespace dry --dry-run=client',
    'apply -f @new.json --dry-run=client',
    'apply -f @new.json --dry-run=server',
    'apply -f @new.json --dry-run=client --server-side',
    'label is db a=b --dry-run=client',
    'label is db a=b --dry-run=server',
    'annotate is db a=b --dry-run=client',
    'patch is db --type=merge -p {"metadata":{"labels":{"x":"y"}}} --dry-run=server',
    'patch is db --type=merge -p {} --dry-run=server',
    'delete is db --dry-run=client',
    'delete is db --dry-run=server',
    'delete is gone --dry-run=server',
  ])('%s', expectAlike);

  test('changes nothing', async () => {
    const { stdout } = await server.kubectl(['get', 'is', '--show-labels', '--no-headers']);
    expect(firstWords(stdout)).toEqual(['app-10', 'app-9', 'db', '']);
    expect(stdout).not.toMatch(/a=b|x=y/);
  });
});

describe('set image-lookup', () => {
  const workload = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } } },
  };

  test('changes files without a server: a stream its policy, a workload its pods', async () => {
    const file = join(folder, 'workload.json');
    writeFileSync(file, JSON.stringify(workload));
    const nowhere = sluiceWith('/dev/null', folder);
    const flags = ['-f', file, '-f', 'one.json', '--local'];
    expect((await nowhere('set', 'image-lookup', ...flags)).stdout).toBe(
      'deployment.apps/web image lookup updated\nimagestream.image.openshift.io/app-10 image lookup updated\n',
    );
    const { stdout } = await nowhere(
      'set',
      'image-lookup',
      ...flags.slice(0, 2),
      '--local',
      '-o',
      'json',
    );
    expect(JSON.parse(stdout).spec.template.metadata).toEqual({
      labels: { app: 'web' },
      annotations: { 'alpha.image.policy.openshift.io/resolve-names': '*' },
    });
    const listed = await nowhere('set', 'image-lookup', '--list', ...flags);
    expect(listed.stdout).toBe(
      'NAME                 LOCAL\ndeployment.apps/web  false\napp-10               false\n',
    );
    expect((await nowhere('set', 'image-lookup', '--local')).stderr).toBe(
      'error: pass files with -f when using --local\n',
    );
  });

  test('a dry run tells what would change', async () => {
    const lookup = ['set', 'image-lookup', 'db'];
    for (const [mode, words] of [
      ['client', 'dry run'],
      ['server', 'server dry run'],
    ] as const) {
      expect((await sluice(...lookup, `--dry-run=${mode}`)).stdout).toBe(
        `imagestream.image.openshift.io/db image lookup updated (${words})\n`,
      );
      const { stdout } = await sluice(...lookup, `--dry-run=${mode}`, '-o', 'json');
      expect(JSON.parse(stdout).spec.lookupPolicy).toEqual({ local: true });
    }
    expect((await sluice('set', 'image-lookup')).stdout).toContain('db      false\n');
  });

  test('switches a workload by its annotation', async () => {
    expect((await sluice('set', 'image-lookup', 'secret/app-10')).stdout).toBe(
      'secret/app-10 image lookup updated\n',
    );
    const shown = await sluice('get', 'secret', 'app-10', '-o', 'jsonpath={.metadata.annotations}');
    expect(shown.stdout).toBe('{"alpha.image.policy.openshift.io/resolve-names":"*"}');
    await sluice('set', 'image-lookup', 'secret/app-10', '--enabled=false');
    const after = await sluice('get', 'secret', 'app-10', '-o', 'jsonpath={.metadata.annotations}');
    expect(after.stdout).toBe('');
  });
});
