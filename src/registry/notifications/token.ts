import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Shorter tokens can be guessed, and an empty file is a mistake. */
const minLength = 16;

/**
 * The token of a file, without the space around it.
 * @throws {Error} when the file cannot be read or holds no token
 */
export async function readNotificationToken(path: string): Promise<string> {
  const token = (await readFile(path, 'utf8')).trim();
  if (token.length < minLength || /\s/.test(token))
    throw new Error(`${path} holds no token: expected ${minLength} characters or more in one line`);
  return token;
}

/**
 * The token of a file that is made, with mode 0600, when it is not there. To withdraw a token, delete the file and start
 * again.
 * @throws {Error} as `readNotificationToken`, or when the file cannot be written
 */
export async function ensureNotificationToken(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    return await readNotificationToken(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const token = randomBytes(32).toString('base64url');
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, `${token}\n`, { mode: 0o600 });
  await rename(temporary, path);
  return token;
}
