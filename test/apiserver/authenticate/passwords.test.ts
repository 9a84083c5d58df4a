import { describe, expect, test } from 'vitest';

import { Passwords } from '#src/apiserver/authenticate/passwords.ts';

const cheap = { n: 16, r: 1, p: 1 };

describe('a password', () => {
  test('is known by its hash, which says how it was made', async () => {
    const passwords = new Passwords(cheap);
    const hash = await passwords.hash('correct horse');
    expect(hash).toMatchObject({ algorithm: 'scrypt', ...cheap });
    expect(await passwords.verify('correct horse', hash)).toBe(true);
    expect(await passwords.verify('wrong horse', hash)).toBe(false);
    expect(await new Passwords({ ...cheap, n: 32 }).verify('correct horse', hash)).toBe(true);
  });

  test('has another hash each time', async () => {
    const passwords = new Passwords(cheap);
    expect(await passwords.hash('same')).not.toEqual(await passwords.hash('same'));
  });

  test('is the same however its letters are composed', async () => {
    const passwords = new Passwords(cheap);
    expect(await passwords.verify('café', await passwords.hash('cafe\u0301'))).toBe(true);
  });

  test('is outdated when passwords cost more today', async () => {
    const hash = await new Passwords(cheap).hash('x');
    expect(new Passwords(cheap).isOutdated(hash)).toBe(false);
    expect(new Passwords({ ...cheap, n: 32 }).isOutdated(hash)).toBe(true);
  });

  test('of nobody is never right, not even the empty one', async () => {
    const passwords = new Passwords(cheap);
    expect(await passwords.verify('', undefined)).toBe(false);
    expect(await passwords.verify('x', undefined)).toBe(false);
  });

  test('that is too long is wrong without being looked at', async () => {
    const passwords = new Passwords(cheap);
    const long = 'x'.repeat(1025);
    expect(await passwords.verify(long, await passwords.hash(''))).toBe(false);
  });

  test('is asked of a few at a time, and of too many not at all', async () => {
    const passwords = new Passwords(cheap, { atOnce: 1, maxWaiting: 2 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => passwords.verify('x', undefined)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    await expect(passwords.verify('x', undefined)).resolves.toBe(false);
  });
});
