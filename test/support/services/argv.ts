import { randomBytes } from 'node:crypto';

import { find, findProgram, type Found, type RequirementName } from './find.ts';

/** A command line, and how to make sure that nothing of it is left running. */
export interface Argv {
  readonly command: string;
  readonly args: readonly string[];
  /** Name of the container that the command runs, when it runs one. */
  readonly container?: string;
}

export interface ArgvOptions {
  /** Directories that the program reads and writes; a container sees them under the same paths. */
  readonly directories?: readonly string[];
  /** Variables a container needs; a program gets them through its process environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The command line that runs a required program here, in a container where it is not installed. */
export function argvOf(
  name: RequirementName,
  args: readonly string[],
  options: ArgvOptions = {},
): Argv {
  return argvFor(find(name), args, options);
}

/** As `argvOf`, for a program that was found. */
export function argvFor(
  found: Found,
  args: readonly string[],
  { directories = [], env = {} }: ArgvOptions,
): Argv {
  if (found.kind === 'program') return { command: found.path, args };
  const container = `sluice-test-${randomBytes(6).toString('hex')}`;
  return {
    command: 'docker',
    args: [
      'run',
      '--rm',
      '--init',
      '--interactive',
      `--name=${container}`,
      // The host's network, so that services listen on 127.0.0.1 and reach each other there.
      '--network=host',
      `--user=${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
      '--env=HOME=/tmp',
      ...directories.map((directory) => `--volume=${directory}:${directory}`),
      ...Object.entries(env).map(([key, value]) => `--env=${key}=${value}`),
      `--entrypoint=${found.entrypoint}`,
      found.image,
      ...args,
    ],
    container,
  };
}

/** Wraps a command so that the kernel kills it when the process that started it ends, however it ends (Linux). */
export function dyingWithParent(argv: Argv): Argv {
  const setpriv = findProgram(['setpriv']);
  if (setpriv === undefined) return argv;
  return { ...argv, command: setpriv, args: ['--pdeathsig', 'KILL', argv.command, ...argv.args] };
}
