import type { IncomingMessage } from 'node:http';

/** A body comes within this time or not at all, in milliseconds. */
const deadlineMs = 30_000;

/**
 * The body of a request. Up to twice the limit it is read to its end even when it is too large, and thrown away: a sender
 * that still writes would not see the answer.
 * @param limit in bytes
 * @returns `gone` when the sender left or took longer than 30 seconds
 */
export async function readBody(
  request: IncomingMessage,
  limit: number,
): Promise<Buffer | 'too large' | 'gone'> {
  if (Number(request.headers['content-length'] ?? 0) > 2 * limit) return 'too large';
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => request.destroy(), deadlineMs);
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += (chunk as Buffer).length;
      if (size > 2 * limit) break;
      if (size > limit) chunks.length = 0;
      else chunks.push(chunk as Buffer);
    }
  } catch {
    return 'gone';
  } finally {
    clearTimeout(timer);
  }
  return size > limit ? 'too large' : Buffer.concat(chunks);
}
