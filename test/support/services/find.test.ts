import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { provide, type Machine } from '#test/support/install-services.ts';
import { argvFor, dyingWithParent } from '#test/support/services/argv.ts';
import { findProgram, requirements, type Requirement } from '#test/support/services/find.ts';
import { tempDir } from '#test/support/temp-dir.ts';

test('a program is found on PATH when it may be run, by the first of its names', () => {
  using directory = tempDir('find');
  const file = (name: string, mode: number): string => {
    const path = join(directory.path, name);
    writeFileSync(path, '#!/bin/sh\n');
    chmodSync(path, mode);
    return path;
  };
  const second = file('sluice-second', 0o755);
  file('sluice-not-executable', 0o644);
  mkdirSync(join(directory.path, 'sluice-folder'));
  const { path } = directory;
  expect(findProgram(['sluice-first', 'sluice-second'], path)).toBe(second);
  expect(findProgram(['sluice-not-executable', 'sluice-folder'], path)).toBeUndefined();
  const first = file('sluice-first', 0o755);
  expect(findProgram(['sluice-first', 'sluice-second'], path)).toBe(first);
});

test('a container runs on the host network, sees the directories and is removed by name', () => {
  const argv = argvFor(
    { kind: 'container', image: 'redis:7', entrypoint: 'redis-server' },
    ['--port', '1234'],
    { directories: ['/tmp/data'], env: { A: 'b' } },
  );
  expect(argv.command).toBe('docker');
  expect(argv.args).toEqual(
    expect.arrayContaining([
      '--rm',
      '--network=host',
      '--volume=/tmp/data:/tmp/data',
      '--env=A=b',
      `--name=${argv.container ?? ''}`,
      '--entrypoint=redis-server',
    ]),
  );
  expect(argv.args.slice(-3)).toEqual(['redis:7', '--port', '1234']);
});

test('the wrapped command is still the command', () => {
  const wrapped = dyingWithParent({ command: '/bin/echo', args: ['a', 'b'] });
  expect([wrapped.command, ...wrapped.args].slice(-3)).toEqual(['/bin/echo', 'a', 'b']);
});

interface Scenario {
  readonly name: string;
  readonly installed: readonly string[];
  readonly apt: readonly string[] | undefined;
  readonly docker: boolean;
  readonly expected: { installs: string[]; pulls: string[]; problems: number };
}

const scenarios: readonly Scenario[] = [
  {
    name: 'everything is there: nothing is touched',
    installed: ['redis-server', 'docker-registry', 'skopeo', 'kubernetes-client'],
    apt: ['skopeo'],
    docker: true,
    expected: { installs: [], pulls: [], problems: 0 },
  },
  {
    name: 'apt-get brings what is missing',
    installed: ['redis-server', 'kubernetes-client'],
    apt: ['skopeo', 'docker-registry'],
    docker: false,
    expected: { installs: ['docker-registry', 'skopeo'], pulls: [], problems: 0 },
  },
  {
    name: 'what apt-get does not have comes as a container',
    installed: ['redis-server', 'skopeo', 'docker-registry'],
    apt: [],
    docker: true,
    expected: {
      installs: ['kubernetes-client'],
      pulls: [requirements.kubectl.container.image],
      problems: 0,
    },
  },
  {
    name: 'without apt-get and Docker each missing package is a problem',
    installed: ['kubernetes-client', 'redis-server'],
    apt: undefined,
    docker: false,
    expected: { installs: [], pulls: [], problems: 2 },
  },
];

test.for(scenarios)('$name', ({ installed, apt, docker, expected }) => {
  const there = new Set(installed);
  const installs: string[] = [];
  const pulls: string[] = [];
  const machine: Machine = {
    has: (requirement: Requirement) => there.has(requirement.aptPackage),
    canInstall: () => apt !== undefined,
    install: (packages) => {
      installs.push(...packages);
      for (const one of packages) if (apt?.includes(one) === true) there.add(one);
    },
    dockerAnswers: () => docker,
    pull: (image) => pulls.push(image),
  };
  const problems = provide(Object.values(requirements), machine);
  expect({ installs, pulls, problems: problems.length }).toEqual(expected);
  for (const problem of problems) expect(problem).toMatch(/install the package (docker|skopeo)/u);
});
