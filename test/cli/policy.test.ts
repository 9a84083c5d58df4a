import { expect, test } from 'vitest';
import { replay } from './replay.ts';

test.for([
  [
    'sometimes',
    'error: Invalid dry-run value (sometimes). Must be "none", "server", or "client".\n',
  ],
  ['client', 'error: --dry-run=client is not possible, use server\n'],
])('no role is given by a dry run that is %s', async ([mode, message]) => {
  const args = ['policy', 'add-role-to-user', 'view', 'alice', '-n', 'ns', `--dry-run=${mode}`];
  const { stderr, exit, writes } = await replay(args, { http: [], now: 0 });
  expect([stderr, exit, writes]).toEqual([message, 1, []]);
});
