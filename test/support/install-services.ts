/**
 * Sees to the programs that tests need, before the tests run: what is not on PATH is installed with apt-get where that
 * is possible, else taken from containers where a Docker engine answers. What is left over is named, and the run fails.
 */
import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';

import {
  dockerAnswers,
  findProgram,
  missingMessage,
  requirements,
  type Requirement,
} from './services/find.ts';

/** What the machine offers; replaced in tests. */
export interface Machine {
  has(requirement: Requirement): boolean;
  /** Whether apt-get is there and may install. */
  canInstall(): boolean;
  /** Installs packages; a package that fails is simply not there afterwards. */
  install(packages: readonly string[]): void;
  dockerAnswers(): boolean;
  pull(image: string): void;
}

/** Sees to every requirement. Answers one message for each that cannot be met; none when the tests can run. */
export function provide(all: readonly Requirement[], machine: Machine): string[] {
  const missing = all.filter((requirement) => !machine.has(requirement));
  if (missing.length > 0 && machine.canInstall())
    machine.install(missing.map((requirement) => requirement.aptPackage));
  const left = missing.filter((requirement) => !machine.has(requirement));
  if (left.length === 0) return [];
  if (!machine.dockerAnswers()) return left.map((requirement) => missingMessage(requirement));
  for (const { container } of left) machine.pull(container.image);
  return [];
}

/** This machine. */
export const thisMachine: Machine = {
  has: (requirement) => findProgram(requirement.binaries) !== undefined,
  canInstall: () => findProgram(['apt-get']) !== undefined && process.getuid?.() === 0,
  install: (packages) => {
    aptGet(['update', '--quiet']);
    // One by one, so that one that this release does not have does not keep the others away.
    for (const name of packages) aptGet(['install', '--yes', '--no-install-recommends', name]);
  },
  dockerAnswers,
  pull: (image) => {
    execFileSync('docker', ['pull', '--quiet', image], { stdio: 'inherit' });
  },
};

function aptGet(args: readonly string[]): void {
  try {
    execFileSync('apt-get', args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        DEBIAN_FRONTEND: 'noninteractive',
        // Packages of services start them when they are installed; tests start their own.
        RUNLEVEL: '1',
      },
    });
  } catch {
    // Whether the program is there is asked afterwards.
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const problems = provide(Object.values(requirements), thisMachine);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
