import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { EmbeddedServerError } from './errors.ts';

/** The user that PostgreSQL runs as: PostgreSQL refuses to be root. */
export interface OsUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user to drop to; `undefined` when this process is not root and PostgreSQL can simply run as its user.
 * @param owner user id of whoever has the data already: it goes on being theirs
 * @throws {EmbeddedServerError} `NoUser`
 */
export function userToDropTo(owner: number | undefined): OsUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  // initdb looks its user up by number, so only one that /etc/passwd knows will do.
  const rows = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const candidates = [
    rows.find((row) => owner !== 0 && row[2] === String(owner)),
    rows.find(([name]) => name === 'postgres'),
    rows.find(([name]) => name === 'nobody'),
  ];
  for (const row of candidates) {
    if (row !== undefined) return { name: row[0] ?? '', uid: Number(row[2]), gid: Number(row[3]) };
  }
  throw new EmbeddedServerError(
    'NoUser',
    'PostgreSQL does not run as root and /etc/passwd has neither postgres nor nobody; start Sluice as another user or set SLUICE_DATABASE_URL',
  );
}

/** The first directory on the way to `target` that `user` may not enter, `undefined` when there is none. */
export function closedDirectory(target: string, user: OsUser): string | undefined {
  const parts = path.resolve(target).split(path.sep).slice(1);
  for (let depth = 0; depth <= parts.length; depth += 1) {
    const directory = path.sep + parts.slice(0, depth).join(path.sep);
    const stat = statSync(directory);
    const bit = stat.uid === user.uid ? 0o100 : stat.gid === user.gid ? 0o010 : 0o001;
    if (stat.isDirectory() && (stat.mode & bit) === 0) return directory;
  }
  return undefined;
}

/** A program and how it must be spawned to run as the right user. */
interface Invocation {
  readonly command: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

/** How programs of PostgreSQL are started on this machine. */
export interface Launcher {
  /** @param untilParentDies stop the program with SIGINT when the process that started it is gone, where the system can. */
  invoke(program: string, args: readonly string[], untilParentDies?: boolean): Invocation;
}

/**
 * Chooses how to become `user`.
 * @param passClosedDirectories let the program enter every directory although it is not root: needed where the data
 *   directory is below a home that only root may enter. It keeps one capability for that.
 */
export function launcherFor(user: OsUser | undefined, passClosedDirectories: boolean): Launcher {
  const hasSetpriv =
    process.platform === 'linux' && spawnSync('setpriv', ['--version']).status === 0;
  if (!hasSetpriv) {
    const identity = user === undefined ? {} : { uid: user.uid, gid: user.gid };
    return { invoke: (command, args) => ({ command, args, ...identity }) };
  }
  const become =
    user === undefined
      ? []
      : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', ...capabilities()];
  return {
    invoke: (program, args, untilParentDies = false) => ({
      command: 'setpriv',
      args: [...become, ...(untilParentDies ? ['--pdeathsig=INT'] : []), program, ...args],
    }),
  };

  function capabilities(): string[] {
    if (!passClosedDirectories) return [];
    const capability = enteringCapability();
    return [`--inh-caps=+${capability}`, `--ambient-caps=+${capability}`];
  }
}

/** `dac_read_search` where this process has it; containers often leave root only `dac_override`. */
function enteringCapability(): string {
  const probe = spawnSync('setpriv', [
    '--inh-caps=+dac_read_search',
    '--ambient-caps=+dac_read_search',
    'true',
  ]);
  return probe.status === 0 ? 'dac_read_search' : 'dac_override';
}
