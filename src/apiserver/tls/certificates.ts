// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 looks for it on the global object
import 'reflect-metadata';

import { isIP } from 'node:net';
import { webcrypto } from 'node:crypto';

import * as x509 from '@peculiar/x509';

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;
/** Ten years: clients that trust the CA would all have to be told of a new one. Prolonged in its last year. */
const caDays = 3650;
const caProlongDays = 365;
/** One year, renewed at start when less than a third is left. */
const serverDays = 365;

/** A new certificate authority that signs server and client certificates. */
export async function createCertificateAuthority(nowMs: number): Promise<KeyPair> {
  const keys = await generateKeys();
  const name = `CN=sluice-ca@${Math.floor(nowMs / 1000)}`;
  return { cert: await signAuthority(keys, name, nowMs), key: await exportKey(keys.privateKey) };
}

/**
 * The authority for ten more years when it ends within the next, `undefined` when it is good for longer. Name and key
 * stay: whoever trusts the old certificate takes what is signed now until the old one ends, and has a year to get the new.
 */
export async function prolongedAuthority(
  { cert, key }: KeyPair,
  nowMs: number,
): Promise<KeyPair | undefined> {
  const old = new x509.X509Certificate(cert);
  if (old.notAfter.getTime() - nowMs > caProlongDays * dayMs) return undefined;
  const publicKey = await old.publicKey.export(algorithm, ['verify'], webcrypto);
  const keys = { privateKey: await importKey(key), publicKey };
  return { cert: await signAuthority(keys, old.subject, nowMs), key };
}

async function signAuthority(
  keys: webcrypto.CryptoKeyPair,
  name: string,
  nowMs: number,
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name,
      notBefore: new Date(nowMs - dayMs),
      notAfter: new Date(nowMs + caDays * dayMs),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign |
            x509.KeyUsageFlags.cRLSign |
            x509.KeyUsageFlags.digitalSignature,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return certificate.toString('pem');
}

/**
 * A new server certificate.
 * @param names DNS names and IP addresses under which the server is reached
 */
export async function createServerCertificate(
  authority: KeyPair,
  names: readonly string[],
  nowMs: number,
): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(authority.cert);
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(),
      subject: 'CN=sluice',
      issuer: issuer.subject,
      notBefore: new Date(nowMs - dayMs),
      notAfter: new Date(nowMs + serverDays * dayMs),
      publicKey: keys.publicKey,
      signingKey: await importKey(authority.key),
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          names.map((name) => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: spelling(name) })),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { cert: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

/** Whether a server certificate is still good: signed by the authority, for all the names, and not soon over. */
export async function isServerCertificateCurrent(
  authority: KeyPair,
  server: KeyPair,
  expected: { readonly names: readonly string[]; readonly nowMs: number },
): Promise<boolean> {
  const certificate = new x509.X509Certificate(server.cert);
  const issuer = new x509.X509Certificate(authority.cert);
  const left = certificate.notAfter.getTime() - expected.nowMs;
  if (left < (serverDays * dayMs) / 3) return false;
  const alternative = certificate.getExtension(x509.SubjectAlternativeNameExtension);
  const names = new Set(alternative?.names.items.map(({ value }) => spelling(value)));
  if (!expected.names.every((name) => names.has(spelling(name)))) return false;
  return certificate.verify({ publicKey: issuer, signatureOnly: true }, webcrypto);
}

/**
 * One of the many spellings of an IPv6 address, all of it in hexadecimal: a certificate keeps the bytes only, and the
 * encoder takes a dotted end for hexadecimal digits. A zone names an interface of one machine and has no place in it.
 */
function spelling(name: string): string {
  if (isIP(name) !== 6) return name;
  return new URL(`http://[${name.replace(/%.*$/u, '')}]`).hostname.slice(1, -1);
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = x509.PemConverter.decodeFirst(pem);
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, true, ['sign']);
}

function serialNumber(): string {
  // Positive and never zero: the first byte is fixed.
  const bytes = webcrypto.getRandomValues(new Uint8Array(15));
  return `01${Buffer.from(bytes).toString('hex')}`;
}
