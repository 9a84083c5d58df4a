/** The shapes that most misdeeds have. */
import { answerFrom, goodShelf, type ServedManifest, type Shelf, tag } from './content.ts';
import type { HostileRequest, HostileServer, Misdeed } from './misdeed.ts';
import type { Answer } from './reply.ts';
import { startHostile, type Handler, type HostileOptions } from './server.ts';

/** A registry that follows the protocol; what it holds is the misdeed. */
export async function serveShelf(shelf: Shelf): Promise<HostileServer> {
  return startHostile((request, reply) => {
    reply.send(answerFrom(shelf, request));
  });
}

/** A registry that follows the protocol and holds one manifest as `v1`. */
export async function serveManifest(manifest: ServedManifest): Promise<HostileServer> {
  return serveShelf({ tags: { [tag]: manifest } });
}

/** A registry that misbehaves on manifests only. */
export async function misbehaveOnManifests(
  handler: Handler,
  options?: HostileOptions,
): Promise<HostileServer> {
  return startHostile((request, reply, server) => {
    if (isManifest(request)) return handler(request, reply, server);
    reply.send(answerFrom(goodShelf, request));
  }, options);
}

/** A registry whose good answers are changed before they go out. */
export async function serveChanged(
  change: (answer: Answer, request: HostileRequest) => Answer,
  options?: HostileOptions,
): Promise<HostileServer> {
  return startHostile((request, reply) => {
    reply.send(change(answerFrom(goodShelf, request), request));
  }, options);
}

/** True for a GET or HEAD of a manifest. */
export function isManifest({ path }: HostileRequest): boolean {
  return path.includes('/manifests/');
}

/** A misdeed by its number and what it does. */
export function misdeed(
  number: number,
  name: string,
  start: () => Promise<HostileServer>,
): Misdeed {
  return { number, name, start };
}
