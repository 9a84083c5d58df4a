import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Harness, startHarness } from './support/harness.ts';
import { freshName, widget } from './support/objects.ts';

let api: Harness;

beforeAll(async () => {
  api = await startHarness();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

function manifest(...items: unknown[]): string {
  return JSON.stringify(items.length === 1 ? items[0] : { kind: 'List', apiVersion: 'v1', items });
}

async function ok(args: readonly string[], input?: string): Promise<string> {
  const finished = await api.kubectl(args, input);
  expect(finished).toMatchObject({ exitCode: 0 });
  return finished.stdout;
}

const parts = [{ name: 'a', from: { name: 'x' } }, { name: 'b' }];

describe('kubectl apply', () => {
  test('creates, leaves alone and changes, whatever the server added', async () => {
    const name = freshName();
    const first = manifest(widget({ name, spec: { parts } }));
    expect(await ok(['apply', '-f', '-'], first)).toContain(`widget.example.dev/${name} created`);
    expect(await ok(['apply', '-f', '-'], first)).toContain('unchanged');
    const second = manifest(widget({ name, spec: { parts: [{ name: 'a' }] } }));
    expect(await ok(['apply', '-f', '-'], second)).toContain('configured');
    expect(await ok(['get', 'wd', name, '-o', 'jsonpath={.spec}'])).toBe(
      '{"colour":"grey","parts":[{"name":"a"}]}',
    );
  });

  test('merges lists by key: what another wrote stays', async () => {
    const name = freshName();
    await ok(['apply', '-f', '-'], manifest(widget({ name, spec: { parts } })));
    await ok(['patch', 'wd', name, '-p', '{"spec":{"parts":[{"name":"other"}]}}']);
    await ok(
      ['apply', '-f', '-'],
      manifest(widget({ name, spec: { parts: [...parts, { name: 'c' }] } })),
    );
    const names = await ok(['get', 'wd', name, '-o', 'jsonpath={.spec.parts[*].name}']);
    expect(names.split(' ').toSorted()).toEqual(['a', 'b', 'c', 'other']);
  });

  test('takes a List', async () => {
    const [one, two] = [freshName(), freshName()];
    const list = {
      kind: 'List',
      apiVersion: 'v1',
      items: [widget({ name: one }), widget({ name: two })],
    };
    expect(await ok(['apply', '-f', '-'], manifest(list))).toContain(two);
  });

  test('refuses fields that the kind does not have', async () => {
    const { exitCode, stderr } = await api.kubectl(
      ['apply', '-f', '-'],
      manifest(widget({ spec: { bogus: 1 } })),
    );
    expect(exitCode).toBe(1);
    expect(stderr).toContain('unknown field "spec.bogus"');
  });

  test('on the server alone stores nothing', async () => {
    const name = freshName();
    await ok(['apply', '--dry-run=server', '-f', '-'], manifest(widget({ name })));
    expect((await api.kubectl(['get', 'wd', name])).stderr).toContain('not found');
  });

  test('shows a difference before', async () => {
    const name = freshName();
    await ok(['apply', '-f', '-'], manifest(widget({ name })));
    expect(await api.kubectl(['diff', '-f', '-'], manifest(widget({ name })))).toMatchObject({
      exitCode: 0,
      stdout: '',
    });
    const changed = await api.kubectl(
      ['diff', '-f', '-'],
      manifest(widget({ name, spec: { size: 3 } })),
    );
    expect(changed.exitCode).toBe(1);
    expect(changed.stdout).toMatch(/^\+ +size: 3$/m);
  });
});

describe('kubectl apply --prune', () => {
  const flags = ['apply', '--prune', '-f', '-'];

  test('deletes what is labelled and no longer applied', async () => {
    const [one, two] = [freshName(), freshName()];
    const labels = { set: one };
    const selected = ['-l', `set=${one}`, '--prune-allowlist=example.dev/v1/Widget'];
    const both = manifest(widget({ name: one, labels }), widget({ name: two, labels }));
    await ok([...flags, ...selected], both);
    const left = await ok([...flags, ...selected], manifest(widget({ name: one, labels })));
    expect(left).toContain(`${two} pruned`);
  });

  test('deletes what has left its apply set', async () => {
    const [one, two] = [freshName(), freshName()];
    const env = { KUBECTL_APPLYSET: 'true' };
    const set = [...flags, '--applyset=configmap/set', '-n', 'test', '--server-side'];
    const both = manifest(widget({ name: one }), widget({ name: two }));
    expect(await api.kubectl(set, both, env)).toMatchObject({ exitCode: 0, stderr: '' });
    const pruned = await api.kubectl(set, manifest(widget({ name: one })), env);
    expect(pruned.stdout).toContain(`${two} pruned`);
    expect(await ok(['get', 'wd', one, '-o', 'name'])).toContain(one);
  });
});

describe('kubectl --validate', () => {
  const bogus = manifest({ ...widget({ name: 'bogus' }), spec: { bogus: 1 } });

  test.for([
    { level: 'strict', exitCode: 1, stderr: 'unknown field "spec.bogus"' },
    { level: 'warn', exitCode: 0, stderr: 'Warning: unknown field "spec.bogus"' },
    { level: 'ignore', exitCode: 0, stderr: '' },
  ])('=$level', async ({ level, exitCode, stderr }) => {
    const flags = ['create', '--dry-run=server', `--validate=${level}`, '-f', '-'];
    const finished = await api.kubectl(flags, bogus);
    expect(finished.exitCode).toBe(exitCode);
    expect(finished.stderr).toContain(stderr);
  });
});

describe('kubectl', () => {
  test('explains fields', async () => {
    const kind = await ok(['explain', 'wd']);
    expect(kind).toContain('A widget is made of parts.');
    expect(await ok(['explain', 'widgets.spec.parts'])).toContain('What it is made of.');
    expect((await ok(['explain', 'wd.spec'])).split('What the widget should be.')).toHaveLength(2);
    expect(await ok(['explain', 'wd', '--recursive'])).toMatch(/parts\t<\[\]Part>/);
    const old = await ok(['explain', 'wd.spec', '--output', 'plaintext-openapiv2']);
    expect(old).toContain('What the widget should be.');
  });

  test('shows lists in every form', async () => {
    const name = freshName();
    await ok(['create', '-f', '-'], manifest(widget({ name, labels: { app: 'x' } })));
    expect(await ok(['get', 'wd', name])).toMatch(/^NAME +COLOUR\n/);
    expect(await ok(['get', 'wd', name, '-o', 'wide'])).toMatch(/^NAME +COLOUR +PARTS\n/);
    expect(await ok(['get', 'wd', name, '-o', 'name'])).toBe(`widget.example.dev/${name}\n`);
    expect(await ok(['get', 'wd', name, '-o', 'yaml'])).toContain('kind: Widget');
    expect(await ok(['get', 'wd', '-L', 'app', '--sort-by', '.metadata.name'])).toContain('APP');
    expect(await ok(['get', 'wd', '-A', '--chunk-size=1'])).toContain(name);
    expect(await ok(['get', 'wd', '-l', 'app=x', '--show-labels'])).toContain('app=x');
    expect(await ok(['get', 'wd', '--field-selector', `metadata.name=${name}`])).toContain(name);
    expect(
      await ok(['get', 'wd', name, '-o', 'custom-columns=C:.spec.colour', '--no-headers']),
    ).toBe('grey\n');
    expect(await ok(['describe', 'wd', name])).toContain('Colour:  grey');
  });

  test('labels, annotates, patches and edits', async () => {
    const name = freshName();
    await ok(['create', '-f', '-'], manifest(widget({ name })));
    expect(await ok(['label', 'wd', name, 'a=b'])).toContain('labeled');
    expect((await api.kubectl(['label', 'wd', name, 'a=c'])).exitCode).toBe(1);
    expect(await ok(['label', 'wd', name, 'a=c', '--overwrite'])).toContain('labeled');
    expect(await ok(['label', 'wd', name, 'a-'])).toContain('unlabeled');
    expect(await ok(['annotate', 'wd', name, 'k=v'])).toContain('annotated');
    const merge = ['patch', 'wd', name, '--type=merge', '-p', '{"spec":{"size":4}}'];
    expect(await ok(merge)).toContain('patched\n');
    expect(await ok(merge)).toContain('patched (no change)');
    const json = '[{"op":"remove","path":"/spec/size"}]';
    expect(await ok(['patch', 'wd', name, '--type=json', '-p', json])).toContain('patched');
    const status = '{"status":{"ready":true}}';
    await ok(['patch', 'wd', name, '--subresource=status', '--type=merge', '-p', status]);
    expect(await ok(['get', 'wd', name, '--subresource=status'])).toContain(name);
    expect((await api.kubectl(['edit', 'wd', name])).stdout).toContain('kind: Widget');
  });

  test('replaces, also by force', async () => {
    const name = freshName();
    await ok(['create', '-f', '-'], manifest(widget({ name })));
    const current = JSON.parse(await ok(['get', 'wd', name, '-o', 'json'])) as { spec: object };
    const next = { ...current, spec: { size: 5 } };
    expect(await ok(['replace', '-f', '-'], manifest(next))).toContain('replaced');
    const stale = await api.kubectl(['replace', '-f', '-'], manifest(next));
    expect(stale.stderr).toContain('the object has been modified');
    expect(await ok(['replace', '--force', '-f', '-'], manifest(widget({ name })))).toContain(
      'replaced',
    );
  });

  test('waits for conditions, values and the end', async () => {
    const name = freshName();
    await ok(['create', '-f', '-'], manifest(widget({ name })));
    const ready = api.kubectl([
      'wait',
      'wd',
      name,
      '--for=jsonpath={.status.ready}=true',
      '--timeout=20s',
    ]);
    const status = '{"status":{"ready":true}}';
    await ok(['patch', 'wd', name, '--subresource=status', '--type=merge', '-p', status]);
    expect(await ready).toMatchObject({ exitCode: 0 });
    const gone = api.kubectl(['wait', 'wd', name, '--for=delete', '--timeout=20s']);
    expect(await ok(['delete', 'wd', name])).toContain('deleted');
    expect(await gone).toMatchObject({ exitCode: 0 });
  });

  test('deletes what is selected, in every way', async () => {
    const [one, two] = [freshName(), freshName()];
    const labels = { kill: 'me' };
    await ok(
      ['create', '-f', '-'],
      manifest(widget({ name: one, labels }), widget({ name: two, labels })),
    );
    expect(await ok(['delete', 'wd', one, '--dry-run=server'])).toContain('(server dry run)');
    expect(await ok(['delete', 'wd', one, '--cascade=foreground'])).toContain('deleted');
    expect(await ok(['delete', 'wd', '-l', 'kill=me'])).toContain(two);
    expect((await api.kubectl(['delete', 'wd', one])).stderr).toContain('not found');
  });

  test('shows warnings', async () => {
    const { stderr } = await api.kubectl(
      ['create', '-f', '-'],
      manifest(widget({ spec: { colour: 'red' } })),
    );
    expect(stderr).toContain('Warning: red is "loud"');
  });

  test('shows everything that is wrong', async () => {
    const { stderr } = await api.kubectl(
      ['create', '-f', '-'],
      manifest({
        ...widget(),
        metadata: { name: 'a', labels: { 'a b': 'c' } },
        spec: { colour: '' },
      }),
    );
    expect(stderr).toContain('The Widget "a" is invalid: ');
    expect(stderr).toContain('* spec.colour: Required value: a widget has a colour');
    expect(stderr).toContain('* metadata.labels: Invalid value: "a b"');
  });
});
