import { createHash } from 'node:crypto';

type Fields = Readonly<Record<string, unknown>>;

/** The digest of a text, `sha256:…`. */
export function sha256(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/**
 * The digest that names a manifest: of its text, but of a signed one of schema 1 of what was signed (distribution,
 * manifest v2 schema 1, "Signed Manifests").
 */
export function manifestDigest(text: string): string {
  return sha256(signedPart(text) ?? text);
}

/** The document without its signatures, whose shape the first of them describes; `undefined` when it has none. */
function signedPart(text: string): Uint8Array | undefined {
  const document = parsed(text);
  const { schemaVersion, signatures } = document;
  const [first] = schemaVersion === 1 && Array.isArray(signatures) ? (signatures as Fields[]) : [];
  const header = first?.['protected'];
  if (typeof header !== 'string') return undefined;
  const { formatLength, formatTail } = parsed(Buffer.from(header, 'base64url').toString('utf8'));
  const bytes = Buffer.from(text);
  if (typeof formatLength !== 'number' || typeof formatTail !== 'string') return undefined;
  if (!Number.isSafeInteger(formatLength) || formatLength < 0 || formatLength > bytes.length)
    return undefined;
  return Buffer.concat([bytes.subarray(0, formatLength), Buffer.from(formatTail, 'base64url')]);
}

function parsed(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Fields) : {};
  } catch {
    return {};
  }
}
