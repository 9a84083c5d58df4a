import { join } from 'node:path';

import { systemClock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { Queues } from '#src/queue/queues.ts';
import {
  createNotificationReceiver,
  type NotificationReceiver,
} from '#src/registry/notifications/receiver.ts';
import {
  ensureNotificationToken,
  readNotificationToken,
} from '#src/registry/notifications/token.ts';
import type { RecordDatabase } from '#src/store/open.ts';

import type { Config } from '../config.ts';
import { tick } from '../schedule/tick.ts';

export interface NotificationParts {
  readonly config: Config;
  readonly record: RecordDatabase;
  readonly queues: Queues;
  readonly logger: Logger;
}

/**
 * The receiver of registries' notifications. What it makes due is handed out by this process, for between two ticks of a
 * long schedule there are many seconds.
 */
export async function notificationReceiver(
  parts: NotificationParts,
): Promise<NotificationReceiver> {
  const { config, record, queues, logger } = parts;
  const { ledger } = record;
  const clock = systemClock;
  const deps = { ledger, queue: queues.schedule };
  return createNotificationReceiver({
    token: await tokenOf(config),
    ledger,
    clock,
    logger,
    handOut: (signal) => tick(deps, signal),
  });
}

/** A file that was named must be there: another server has the same, and the registries know it. */
function tokenOf({ dataDir, notificationTokenFile }: Config): Promise<string> {
  return notificationTokenFile === undefined
    ? ensureNotificationToken(join(dataDir, 'notification.token'))
    : readNotificationToken(notificationTokenFile);
}
