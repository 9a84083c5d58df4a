import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

import {
  createCertificateAuthority,
  createServerCertificate,
  isServerCertificateCurrent,
  type KeyPair,
  prolongedAuthority,
} from './certificates.ts';

/** What the server shows and what clients check it against. */
export interface ServerTls {
  /** PEM of the certificate authority, for kubeconfigs. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * The certificate authority and the server certificate of a data directory, in its folder `tls`: made when they are not
 * there, the server's made again when it is nearly over or does not name the host, the authority's prolonged in its last
 * year. Keys have mode 0600.
 * @param host where the server listens; it is reached by this name, the machine's name and the loopback names
 */
export async function ensureServerTls(
  dataDir: string,
  host: string,
  nowMs: number,
): Promise<ServerTls> {
  const folder = join(dataDir, 'tls');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = await ensureAuthority(folder, nowMs);
  const names = serverNames(host);
  const known = await readPair(folder, 'server');
  const current =
    known !== undefined && (await isServerCertificateCurrent(authority, known, { names, nowMs }));
  const server = current
    ? known
    : await writePair(folder, 'server', await createServerCertificate(authority, names, nowMs));
  return { ca: authority.cert, ...server };
}

async function ensureAuthority(folder: string, nowMs: number): Promise<KeyPair> {
  const known = await readPair(folder, 'ca');
  if (known === undefined) return writePair(folder, 'ca', await createCertificateAuthority(nowMs));
  const prolonged = await prolongedAuthority(known, nowMs);
  return prolonged === undefined ? known : writePair(folder, 'ca', prolonged);
}

/** Every name and address that the certificate is good for. */
function serverNames(host: string): readonly string[] {
  const anywhere = host === '' || host === '0.0.0.0' || host === '::';
  const own = anywhere ? [] : [host];
  return [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...own])];
}

/** Writes a file that only the owner may read, all of it or nothing. */
export async function writePrivateFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, content, { mode: 0o600 });
  await chmod(temporary, 0o600);
  await rename(temporary, path);
}

async function readPair(folder: string, name: string): Promise<KeyPair | undefined> {
  const [cert, key] = await Promise.all([
    readIfThere(join(folder, `${name}.crt`)),
    readIfThere(join(folder, `${name}.key`)),
  ]);
  return cert === undefined || key === undefined ? undefined : { cert, key };
}

async function writePair(folder: string, name: string, pair: KeyPair): Promise<KeyPair> {
  await writePrivateFile(join(folder, `${name}.key`), pair.key);
  await writePrivateFile(join(folder, `${name}.crt`), pair.cert);
  return pair;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
