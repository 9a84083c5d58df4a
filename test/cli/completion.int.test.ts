import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { completionScripts } from '#src/cli/completion/scripts.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-completion-'));
  // Answers with tags of a stream and repeats the words that it was asked about.
  const program = join(folder, 'sluice');
  writeFileSync(
    program,
    `#!/bin/sh\nprintf '%s|' "$@" >'${folder}/asked'\nprintf 'app:v1\\napp:v2\\n'\n`,
  );
  chmodSync(program, 0o755);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test.for([
  ['sluice history app:v', '__complete|--|history|app:v|', ['v1', 'v2']],
  ['sluice -n demo history ', '__complete|--|-n|demo|history||', ['app:v1', 'app:v2']],
] as const)('bash completes "%s"', ([line, asked, expected]) => {
  const script = `${completionScripts['bash']}
COMP_LINE=${JSON.stringify(line)} COMP_POINT=${line.length}
_sluice
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['--norc', '-c', script], {
    encoding: 'utf8',
    env: { PATH: `${folder}:${process.env['PATH'] ?? ''}`, COMP_WORDBREAKS: ' :=' },
  });
  expect(output.trim().split('\n')).toEqual(expected);
  expect(execFileSync('cat', [join(folder, 'asked')], { encoding: 'utf8' })).toBe(asked);
});
