import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { Objects } from '#src/store/objects.ts';
import { StoreError, type Key } from '#src/store/store.ts';

import { userKey } from '../users/user.ts';
import { passwordsResource, type PasswordRecord } from '../users/password-records.ts';
import { codesResource, type CodeRecord } from './grant-store.ts';
import { expiryOf, oauthGroup, type OAuthAccessToken } from './token.ts';

const periodMs = 10 * 60_000;
const pageSize = 500;
const tokensRange = `oauthaccesstokens.${oauthGroup}`;

interface SweepOptions {
  readonly objects: Objects;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Removes what is of no use any more, again and again until the signal is aborted; any number of servers may do so. */
export async function sweepGrants(options: SweepOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await options.clock.sleep(periodMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    await sweepOnce(options, signal).catch((error: unknown) => {
      if (!signal.aborted) options.logger.warn('old tokens were not removed', { error });
    });
  }
}

/** Removes tokens and codes that are over, and the passwords of those who are gone. */
export async function sweepOnce(
  { objects, clock }: Pick<SweepOptions, 'objects' | 'clock'>,
  signal: AbortSignal,
): Promise<void> {
  const now = clock.now();
  for await (const [key, token] of all<OAuthAccessToken>(objects, tokensRange, signal))
    if (expiryOf(token) <= now) await remove(objects, key, token);
  for await (const [key, record] of all<CodeRecord>(objects, codesResource, signal))
    if (record.code.expiresAtMs <= now) await remove(objects, key, record);
  for await (const [key, record] of all<PasswordRecord>(objects, passwordsResource, signal)) {
    const user = await objects.get(userKey(key.name));
    if (user?.metadata.uid !== record.userUID) await remove(objects, key, record);
  }
}

async function* all<T extends KubeObject>(
  objects: Objects,
  resource: string,
  signal: AbortSignal,
): AsyncGenerator<readonly [Key, T]> {
  let after: Pick<Key, 'namespace' | 'name'> | undefined;
  do {
    const from = after === undefined ? {} : { after };
    const page = await objects.list<T>({ resource }, { limit: pageSize, ...from });
    for (const object of page.items)
      yield [{ resource, namespace: '', name: object.metadata.name ?? '' }, object];
    const last = page.items.at(-1)?.metadata.name;
    after = page.remaining === 0 || last === undefined ? undefined : { namespace: '', name: last };
  } while (after !== undefined && !signal.aborted);
}

async function remove(objects: Objects, key: Key, object: KubeObject): Promise<void> {
  try {
    await objects.delete(key, object.metadata.resourceVersion);
  } catch (error) {
    // Another server removed it, or it is no longer what it was.
    const isOvertaken =
      error instanceof StoreError && (error.code === 'Conflict' || error.code === 'KeyNotFound');
    if (!isOvertaken) throw error;
  }
}
