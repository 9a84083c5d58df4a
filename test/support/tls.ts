/** Certificates for test servers, made when they are asked for. */
// @peculiar/x509 registers its parsers through it.
// eslint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';

import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from '@peculiar/x509';

cryptoProvider.set(webcrypto);

/** A certificate with its private key, PEM. */
export interface CertificateAndKey {
  readonly certificate: string;
  readonly key: string;
}

/** An authority that signs server certificates. */
export interface TestAuthority {
  /** PEM of the authority's own certificate. */
  readonly certificate: string;
  /** A server certificate for these IP addresses and DNS names; valid for a day. */
  issue(names: readonly string[]): Promise<CertificateAndKey>;
  /** A certificate of a client, with which it proves its name. */
  issueClient(options: ClientCertificateOptions): Promise<CertificateAndKey>;
}

export interface ClientCertificateOptions {
  /** `CN=alice,O=developers`. */
  readonly subject: string;
  /** What it may be used for; a certificate that says nothing when absent. */
  readonly usage?: 'client' | 'server';
  /** Whole days by which its validity is moved; -2 makes it expired, 2 not yet valid. */
  readonly movedDays?: number;
  /** Milliseconds from now at which it ends, instead of a day. */
  readonly lifetimeMs?: number;
}

const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
};
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 24 * 60 * 60 * 1000;

/** Makes an authority of its own. */
export async function makeAuthority(name = 'Sluice test authority'): Promise<TestAuthority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const authority = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${name}`,
    ...validity(),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return {
    certificate: authority.toString('pem'),
    issue: async (names) => issue(authority, keys.privateKey, names),
    issueClient: async (options) => issueClient(authority, keys.privateKey, options),
  };
}

/** A self-signed RSA certificate and its key, for signatures (RS256); valid for a day. */
export async function makeRsaSigner(name: string): Promise<CertificateAndKey> {
  const keys = await webcrypto.subtle.generateKey(rsa, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${name}`,
    ...validity(),
    keys,
    signingAlgorithm: rsa,
  });
  return { certificate: certificate.toString('pem'), key: await keyPem(keys.privateKey) };
}

async function issue(
  authority: X509Certificate,
  signingKey: webcrypto.CryptoKey,
  names: readonly string[],
): Promise<CertificateAndKey> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${names[0] ?? 'localhost'}`,
    issuer: authority.subject,
    ...validity(),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: /^[\d.]+$|:/u.test(value) ? 'ip' : 'dns', value })),
      ),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await keyPem(keys.privateKey) };
}

async function issueClient(
  authority: X509Certificate,
  signingKey: webcrypto.CryptoKey,
  { subject, usage, movedDays = 0, lifetimeMs = dayMs }: ClientCertificateOptions,
): Promise<CertificateAndKey> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const moved = Date.now() + movedDays * dayMs;
  const purpose = usage === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject,
    issuer: authority.subject,
    notBefore: new Date(moved - dayMs),
    notAfter: new Date(moved + lifetimeMs),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      ...(usage === undefined ? [] : [new ExtendedKeyUsageExtension([purpose])]),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await keyPem(keys.privateKey) };
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - dayMs), notAfter: new Date(now + dayMs) };
}

function serialNumber(): string {
  const bytes = Buffer.from(webcrypto.getRandomValues(new Uint8Array(8)));
  // The number is signed and must be positive (RFC 5280, 4.1.2.2).
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString('hex');
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const lines = der.toString('base64').match(/.{1,64}/gu) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}
