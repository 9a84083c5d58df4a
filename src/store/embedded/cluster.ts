import { spawn } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';

import { prepareBinaries, type Binaries } from './binaries.ts';
import { EmbeddedServerError } from './errors.ts';
import { closedDirectory, launcherFor, userToDropTo, type Launcher } from './os-user.ts';

/** A database cluster on disk with the programs that serve it. */
export interface Cluster {
  readonly dataDir: string;
  /** The cluster's own directory, named by PostgreSQL's major version. */
  readonly directory: string;
  readonly socketDir: string;
  readonly binaries: Binaries;
  readonly launcher: Launcher;
}

/** `sockaddr_un.sun_path` holds 107 bytes, of which `/.s.PGSQL.5432.lock` needs 19. */
const maxSocketDirBytes = 107 - 19;

/**
 * Opens the cluster below `dataDir/pg`, making it on the first start.
 * @throws {EmbeddedServerError} `NoBinaries`, `NoUser`, `PathTooLong`, `NotReachable`, `OtherVersion`, `StartFailed`
 */
export async function openCluster(dataDir: string, binDir?: string): Promise<Cluster> {
  const home = path.join(dataDir, 'pg');
  if (Buffer.byteLength(home) > maxSocketDirBytes) {
    throw new EmbeddedServerError(
      'PathTooLong',
      `the data directory ${dataDir} is too long for a unix socket (at most ${maxSocketDirBytes - 3} bytes); choose a shorter one with --data-dir`,
    );
  }
  const user = userToDropTo(existsSync(home) ? statSync(home).uid : undefined);
  // Files with secrets in the data directory have modes of their own; another user must be able to pass through.
  mkdirSync(dataDir, { recursive: true, mode: user === undefined ? 0o700 : 0o711 });
  mkdirSync(home, { recursive: true, mode: 0o700 });
  if (user !== undefined) chownSync(home, user.uid, user.gid);
  const closed = user === undefined ? undefined : closedDirectory(home, user);
  const launcher = launcherFor(user, closed !== undefined);
  if (closed !== undefined && !canEnter(launcher)) {
    throw new EmbeddedServerError(
      'NotReachable',
      `PostgreSQL runs as ${user?.name ?? 'another user'}, who may not enter ${closed}; choose another directory with --data-dir or set SLUICE_DATABASE_URL`,
    );
  }
  const binaries = prepareBinaries({
    binDir,
    scratchDir: home,
    user,
    launcher,
    entersAll: closed !== undefined,
  });
  const cluster = {
    dataDir,
    directory: path.join(home, String(binaries.major)),
    socketDir: home,
    binaries,
    launcher,
  };
  refuseOtherVersion(home, binaries.major);
  if (!existsSync(path.join(cluster.directory, 'PG_VERSION'))) await initialize(cluster);
  return cluster;
}

/** Without setpriv there is no way to keep a capability while dropping root. */
function canEnter(launcher: Launcher): boolean {
  return launcher.invoke('true', []).command === 'setpriv';
}

function refuseOtherVersion(home: string, major: number): void {
  const others = readdirSync(home).filter((name) => /^\d+$/.test(name) && name !== String(major));
  if (others.length === 0 || existsSync(path.join(home, String(major)))) return;
  throw new EmbeddedServerError(
    'OtherVersion',
    `${home} holds data of PostgreSQL ${others.join(', ')} and this is PostgreSQL ${major}; upgrade it with pg_upgrade into ${home}/${major}, or start with the version that wrote it`,
  );
}

/** Makes the cluster under another name first, so that a first start that was killed leaves no half of one. */
async function initialize({ directory, binaries, launcher }: Cluster): Promise<void> {
  const unfinished = `${directory}.${process.pid}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  const options = [
    '--username=postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
  ];
  const { command, args, ...identity } = launcher.invoke(binaries.initdb, [
    '--pgdata',
    unfinished,
    ...options,
  ]);
  const child = spawn(command, args, {
    ...identity,
    cwd: '/',
    env: { ...binaries.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    const reason = said.trim().split('\n')[0] ?? `initdb ended with ${status}`;
    throw new EmbeddedServerError(
      'StartFailed',
      `cannot make ${directory} (${reason}); set SLUICE_DATABASE_URL to use another PostgreSQL`,
      {
        cause: new Error(said.trim()),
      },
    );
  }
  renameSync(unfinished, directory);
}
