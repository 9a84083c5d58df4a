import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { mastersGroup } from '../authorize/built-in.ts';
import { writePrivateFile } from '../tls/data-directory.ts';
import { hashToken, type StaticToken } from './tokens.ts';

/** The administrator of a data directory. */
export interface Admin {
  /** Goes into the admin's kubeconfig and nowhere else. */
  readonly token: string;
  readonly credential: StaticToken;
}

const userName = 'admin';

/**
 * The administrator's token of a data directory, in its file `admin.token` with mode 0600; made on first start. To
 * withdraw it, delete the file and start again.
 */
export async function ensureAdminToken(dataDir: string): Promise<Admin> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'admin.token');
  const token = (await readIfThere(path)) ?? (await newToken(path));
  const user = { username: userName, groups: [mastersGroup] };
  return { token, credential: { hash: hashToken(token), user } };
}

async function newToken(path: string): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await writePrivateFile(path, `${token}\n`);
  return token;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim() || undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
