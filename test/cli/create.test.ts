import { expect, test } from 'vitest';
import { replay } from './replay.ts';

test.for([
  ['imagestream', 'app', '--lookup-local'],
  ['imagestreamtag', 'app:v1', '--from-image=quay.io/acme/app:1'],
  ['namespace', 'app'],
  ['secret', 'docker-registry', 'app', '--docker-username=a', '--docker-password=b'],
])('the flags that all kinds share reach each of them: %s', async ([...args]) => {
  const dry = ['create', ...args, '--dry-run=client', '-n', 'ns'];
  const told = await replay(dry, { http: [], now: 0 });
  expect(told.writes).toEqual([]);
  expect(told.stdout).toMatch(/^\S+\/app(?::v1)? created \(dry run\)\n$/);
  const printed = await replay([...dry, '-o', 'json'], { http: [], now: 0 });
  const { metadata } = JSON.parse(printed.stdout) as { metadata: { name: string } };
  expect(metadata.name).toMatch(/^app/);
  const wrong = await replay([...dry, '--dry-run=maybe'], { http: [], now: 0 });
  expect(wrong.stderr).toBe(
    'error: Invalid dry-run value (maybe). Must be "none", "server", or "client".\n',
  );
});
