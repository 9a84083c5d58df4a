import { existsSync, readFileSync } from 'node:fs';
import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Key } from './store.ts';

/** A body as it is stored for a sealed resource: AES-256-GCM, every value but the key's id in base64. */
interface SealedBody {
  readonly sealed: { readonly key: string; readonly iv: string; readonly data: string };
}

interface SealingKey {
  readonly id: string;
  readonly secret: Buffer;
}

/** A body cannot be sealed or opened; the message names the key file and the key's id, never a key. */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly code: 'UnknownKey' | 'WrongKey' | 'BadKeyFile';

  constructor(code: SealError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const keyBytes = 32;
/** 96 bits, random: the size GCM is made for (NIST SP 800-38D, 8.2.2), safe for 2^32 bodies a key. */
const ivBytes = 12;
const tagBytes = 16;

/** The keys bodies are sealed with: the first seals, all open. */
export class KeyRing {
  #keys: readonly SealingKey[];
  readonly #source: string;

  /**
   * @param text one key of 32 bytes a line, in base64; `#` begins a comment. To rotate, put a new key first.
   * @param source the file that it comes from
   * @throws {SealError} `BadKeyFile`
   */
  constructor(text: string, source: string) {
    this.#source = source;
    this.#keys = this.#keysIn(text);
  }

  /**
   * Reads the keys again from the file that they came from.
   * @throws {SealError} `BadKeyFile`
   */
  reload(): void {
    this.#keys = this.#keysIn(readFileSync(this.#source, 'utf8'));
  }

  #keysIn(text: string): readonly SealingKey[] {
    const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
    const keys = lines.filter((line) => line !== '').map((line) => this.#keyOf(line));
    if (keys.length === 0) {
      throw new SealError('BadKeyFile', `${this.#source} holds no encryption key`);
    }
    return keys;
  }

  /** The id of the key that seals: the first 8 hex digits of its SHA-256. */
  get currentId(): string {
    return this.#current.id;
  }

  knows(id: string): boolean {
    return this.#keys.some((key) => key.id === id);
  }

  /** The id of the key that a body is sealed with, `undefined` when it is not sealed. */
  sealedBy(body: string): string | undefined {
    return (JSON.parse(body) as Partial<SealedBody>).sealed?.key;
  }

  /** Encrypts a body so that it opens at this key of the record only: a copy under another name does not. */
  seal(key: Key, body: string): string {
    const { id, secret } = this.#current;
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', secret, iv, { authTagLength: tagBytes });
    cipher.setAAD(placeOf(key));
    const data = Buffer.concat([cipher.update(body, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    const sealed = { key: id, iv: iv.toString('base64'), data: data.toString('base64') };
    return JSON.stringify({ sealed } satisfies SealedBody);
  }

  /** @throws {SealError} `UnknownKey`, `WrongKey` */
  open(key: Key, body: string): string {
    const { sealed } = JSON.parse(body) as Partial<SealedBody>;
    const what = `${key.resource} "${key.namespace}/${key.name}"`;
    if (sealed === undefined) throw new SealError('WrongKey', `${what} is not sealed`);
    const found = this.#find(sealed.key);
    if (found === undefined) {
      throw new SealError('UnknownKey', `${what} is sealed with ${this.#lacks(sealed.key)}`);
    }
    const data = Buffer.from(sealed.data, 'base64');
    const iv = Buffer.from(sealed.iv, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', found.secret, iv, { authTagLength: tagBytes });
    decipher.setAAD(placeOf(key));
    try {
      decipher.setAuthTag(data.subarray(-tagBytes));
      const text = decipher.update(data.subarray(0, -tagBytes));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch (cause) {
      const message = `${what} does not open with key ${found.id} of ${this.#source}: its body was changed or moved`;
      throw new SealError('WrongKey', message, { cause });
    }
  }

  /** @throws {SealError} `UnknownKey` when a key with one of these ids is needed and not here */
  require(ids: readonly string[]): void {
    const missing = ids.find((id) => !this.knows(id));
    if (missing === undefined) return;
    throw new SealError('UnknownKey', `the record has secrets sealed with ${this.#lacks(missing)}`);
  }

  /** Another process may have put a key into the file since it was read here. */
  #find(id: string): SealingKey | undefined {
    const known = this.#keys.find((key) => key.id === id);
    if (known !== undefined || !existsSync(this.#source)) return known;
    this.reload();
    return this.#keys.find((key) => key.id === id);
  }

  get #current(): SealingKey {
    const [first] = this.#keys;
    if (first === undefined) throw new Error('a key ring has a key');
    return first;
  }

  #keyOf(line: string): SealingKey {
    const secret = Buffer.from(line, 'base64');
    if (secret.length !== keyBytes) {
      const message = `${this.#source} must hold one base64 key of ${keyBytes} bytes a line; one has ${secret.length} bytes`;
      throw new SealError('BadKeyFile', message);
    }
    return { id: createHash('sha256').update(secret).digest('hex').slice(0, 8), secret };
  }

  #lacks(id: string): string {
    return `encryption key ${id}, which ${this.#source} does not hold; put that key back into it`;
  }
}

/**
 * Reads the key file.
 * @returns `undefined` when there is none
 * @throws {SealError} `BadKeyFile`
 */
export async function readKeyFile(file: string): Promise<KeyRing | undefined> {
  try {
    return new KeyRing(await readFile(file, 'utf8'), file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes a key file with mode 0600; where another process was faster, its file is taken. */
export async function createKeyFile(file: string): Promise<KeyRing> {
  await mkdir(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${randomUUID()}`;
  const text = `# Encrypts secrets in the record. Without it they cannot be read: keep a copy.\n${randomBytes(keyBytes).toString('base64')}\n`;
  await writeFile(unfinished, text, { mode: 0o600 });
  try {
    // Unlike a rename, a link never replaces a file that is there.
    await link(unfinished, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(unfinished, { force: true });
  }
  return new KeyRing(await readFile(file, 'utf8'), file);
}

/** The key of the record as additional authenticated data, unambiguous whatever a name contains. */
function placeOf({ resource, namespace, name }: Key): Buffer {
  return Buffer.from(JSON.stringify([resource, namespace, name]), 'utf8');
}
