import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

import type { ClientCertificate } from '../http/messages.ts';

/** PEM bundles of those who sign the certificates of clients. */
export interface ClientAuthorities {
  readonly clientCa?: string;
  readonly requestHeaderCa?: string;
}

/** What the certificate of a connection comes to. */
export interface PeerIdentity {
  readonly clientCertificate?: ClientCertificate;
  readonly isCertificateRefused?: boolean;
}

interface Known {
  readonly identity: PeerIdentity;
  /** Milliseconds since 1970. */
  readonly notAfterMs: number;
}

const nothing: PeerIdentity = {};
const refused: PeerIdentity = { isCertificateRefused: true };

/**
 * Tells the certificates of clients apart by who signed them. TLS has checked signatures, times and that the certificate
 * is one for clients, against all authorities together; which of them it was is found here.
 */
export class PeerCertificates {
  readonly #known = new WeakMap<TLSSocket, Known>();
  #client: ReadonlySet<string> = new Set();
  #proxy: ReadonlySet<string> = new Set();

  constructor(authorities: ClientAuthorities) {
    this.setAuthorities(authorities);
  }

  /** For connections that have not said anything yet. */
  setAuthorities({ clientCa, requestHeaderCa }: ClientAuthorities): void {
    this.#client = fingerprints(clientCa);
    this.#proxy = fingerprints(requestHeaderCa);
  }

  /** @param now milliseconds; a connection may last longer than the certificate that it began with */
  of(socket: TLSSocket, now: number): PeerIdentity {
    if (this.#client.size === 0 && this.#proxy.size === 0) return nothing;
    const known = this.#known.get(socket) ?? this.#look(socket);
    this.#known.set(socket, known);
    return known.notAfterMs < now ? refused : known.identity;
  }

  #look(socket: TLSSocket): Known {
    const leaf = socket.getPeerCertificate(true) as DetailedPeerCertificate | undefined;
    if (leaf?.raw === undefined) return { identity: nothing, notAfterMs: Infinity };
    if (!socket.authorized) return { identity: refused, notAfterMs: Infinity };
    const signers = signersOf(leaf);
    const issuedFor = [
      ...(signers.some((each) => this.#client.has(each)) ? (['client'] as const) : []),
      ...(signers.some((each) => this.#proxy.has(each)) ? (['proxy'] as const) : []),
    ];
    if (issuedFor.length === 0) return { identity: refused, notAfterMs: Infinity };
    const subject = leaf.subject as Readonly<
      Record<string, string | readonly string[] | undefined>
    >;
    const [commonName = ''] = [subject['CN'] ?? []].flat();
    const organizations = [subject['O'] ?? []].flat();
    return {
      identity: { clientCertificate: { issuedFor, commonName, organizations } },
      notAfterMs: Date.parse(leaf.valid_to),
    };
  }
}

/** Those above a certificate, up to the one that signed itself. */
function signersOf(leaf: DetailedPeerCertificate): string[] {
  const found: string[] = [];
  let current = leaf;
  // A chain of certificates ends in one that is its own issuer.
  while (current.issuerCertificate !== undefined && current.issuerCertificate !== current) {
    current = current.issuerCertificate;
    if (found.includes(current.fingerprint256)) break;
    found.push(current.fingerprint256);
  }
  return found;
}

function fingerprints(bundle: string | undefined): ReadonlySet<string> {
  const blocks =
    bundle?.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return new Set(blocks.map((block) => new X509Certificate(block).fingerprint256));
}
