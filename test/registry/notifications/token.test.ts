import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import {
  ensureNotificationToken,
  readNotificationToken,
} from '#src/registry/notifications/token.ts';
import { tempDir } from '#test/support/temp-dir.ts';

test('a token is made once, for its owner only, and nothing else is left', async () => {
  using directory = tempDir('token');
  const file = join(directory.path, 'data', 'notification.token');
  const token = await ensureNotificationToken(file);
  expect(await ensureNotificationToken(file)).toBe(token);
  expect(readFileSync(file, 'utf8')).toBe(`${token}\n`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(directory.path, 'data'))).toEqual(['notification.token']);
});

test('two data directories have two tokens', async () => {
  using directory = tempDir('token');
  const [one, two] = await Promise.all(
    ['one', 'two'].map((name) => ensureNotificationToken(join(directory.path, name))),
  );
  expect(one).not.toBe(two);
});

test.for(['', '\n', 'short', 'two words that are long enough'])(
  'a file with %j holds no token, and is neither used nor replaced',
  async (content) => {
    using directory = tempDir('token');
    const file = join(directory.path, 'notification.token');
    writeFileSync(file, content);
    await expect(readNotificationToken(file)).rejects.toThrow(file);
    await expect(ensureNotificationToken(file)).rejects.toThrow(file);
    expect(readFileSync(file, 'utf8')).toBe(content);
  },
);

test('a file that is not there is named', async () => {
  using directory = tempDir('token');
  const file = join(directory.path, 'missing');
  await expect(readNotificationToken(file)).rejects.toThrow(file);
});
