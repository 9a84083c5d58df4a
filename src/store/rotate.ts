import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';

import { type KeyRing, SealError } from './seal.ts';

const keyBytes = 32;

/**
 * Puts a new key on top of a key file, from where it seals, and takes it into use here; other processes with the file
 * find it when they first meet something that it sealed. The old keys stay below and go on opening.
 * @throws {SealError} `BadKeyFile` when the file cannot be written, or another process is changing it
 */
export async function rotateKeyFile(file: string, keys: KeyRing): Promise<void> {
  const lock = `${file}.lock`;
  try {
    // Two that write at the same time would lose one of the keys, and with it what it sealed.
    const handle = await open(lock, 'wx', 0o600);
    await handle.close();
  } catch (cause) {
    const isHeld = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const message = isHeld
      ? `another process is changing ${file}; if none is, remove ${lock}`
      : `cannot write beside ${file}; put a new key on top of it by hand`;
    throw new SealError('BadKeyFile', message, { cause });
  }
  const unfinished = `${file}.${process.pid}`;
  try {
    const text = `${randomBytes(keyBytes).toString('base64')}\n${await readFile(file, 'utf8')}`;
    await writeFile(unfinished, text, { mode: 0o600, flush: true });
    await rename(unfinished, file);
    keys.reload();
  } finally {
    await rm(unfinished, { force: true });
    await rm(lock, { force: true });
  }
}
