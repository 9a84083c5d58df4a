/** Certificates that are wrong in one way each. */
// @peculiar/x509 registers its parsers through it.
// eslint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';

import {
  BasicConstraintsExtension,
  cryptoProvider,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

cryptoProvider.set(webcrypto);

/** A certificate with its private key, PEM. */
export interface CertificateAndKey {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateDescription {
  /** IP addresses and DNS names; default 127.0.0.1. */
  readonly names?: readonly string[];
  /** Days from now at which it ends; default 1. */
  readonly daysLeft?: number;
}

/** An authority and a server certificate that it signed. */
export interface Issued extends CertificateAndKey {
  /** PEM of the authority. */
  readonly authority: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 24 * 60 * 60 * 1000;

/** A server certificate of an authority of its own. */
export async function issueCertificate(description: CertificateDescription = {}): Promise<Issued> {
  const { names = ['127.0.0.1'], daysLeft = 1 } = description;
  const own = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const authority = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=Hostile test authority',
    notBefore: new Date(Date.now() - 30 * dayMs),
    notAfter: new Date(Date.now() + dayMs),
    keys: own,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: '02',
    subject: `CN=${names[0] ?? ''}`,
    issuer: authority.subject,
    notBefore: new Date(Date.now() - 30 * dayMs),
    notAfter: new Date(Date.now() + daysLeft * dayMs),
    publicKey: keys.publicKey,
    signingKey: own.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: /^[\d.]+$/u.test(value) ? 'ip' : 'dns', value })),
      ),
    ],
  });
  return {
    certificate: certificate.toString('pem'),
    key: await keyPem(keys.privateKey),
    authority: authority.toString('pem'),
  };
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const lines = der.toString('base64').match(/.{1,64}/gu) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}
