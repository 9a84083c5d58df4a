import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { createKeyFile, KeyRing, readKeyFile } from '#src/store/seal.ts';

const place = { resource: 'secrets', namespace: 'shop', name: 'pull' };
const body = '{"kind":"Secret","data":{"password":"cGE="}}';

function newKey(): string {
  return randomBytes(32).toString('base64');
}

async function keyFileIn(): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-seal-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return path.join(directory, 'below', 'encryption.key');
}

describe('sealing a body', () => {
  test('it opens again and shows nothing of what it says', () => {
    const ring = new KeyRing(newKey(), 'key file');
    const sealed = ring.seal(place, body);
    expect(ring.open(place, sealed)).toBe(body);
    expect(sealed).not.toMatch(/Secret|cGE=|pull|shop/);
    expect(JSON.parse(sealed)).toEqual({
      sealed: {
        key: ring.currentId,
        iv: expect.stringMatching(/^.{16}$/),
        data: expect.any(String),
      },
    });
  });

  test('the same body never looks the same', () => {
    const ring = new KeyRing(newKey(), 'key file');
    expect(ring.seal(place, body)).not.toBe(ring.seal(place, body));
  });

  test.for([
    { name: 'another name', to: { ...place, name: 'mine' } },
    { name: 'another namespace', to: { ...place, namespace: 'mine' } },
    { name: 'another resource', to: { ...place, resource: 'configmaps' } },
    {
      name: 'a key whose parts are cut elsewhere',
      to: { ...place, namespace: 'shop/p', name: 'ull' },
    },
  ])('a body that was moved to $name does not open', ({ to }) => {
    const ring = new KeyRing(newKey(), 'key file');
    expect(() => ring.open(to, ring.seal(place, body))).toThrow(
      expect.objectContaining({ code: 'WrongKey' }),
    );
  });

  test('a body that was changed does not open', () => {
    const ring = new KeyRing(newKey(), 'key file');
    const { sealed } = JSON.parse(ring.seal(place, body)) as { sealed: Record<string, string> };
    const data = Buffer.from(sealed['data']!, 'base64');
    data[0]! ^= 1;
    const changed = JSON.stringify({ sealed: { ...sealed, data: data.toString('base64') } });
    expect(() => ring.open(place, changed)).toThrow(/was changed or moved/);
  });

  test('a shortened authentication tag does not open', () => {
    const ring = new KeyRing(newKey(), 'key file');
    const { sealed } = JSON.parse(ring.seal(place, body)) as { sealed: Record<string, string> };
    const changed = JSON.stringify({ sealed: { ...sealed, data: 'AAAA' } });
    expect(() => ring.open(place, changed)).toThrow(expect.objectContaining({ code: 'WrongKey' }));
  });

  test('a plain body in a sealed resource is refused: somebody may have put it there', () => {
    const ring = new KeyRing(newKey(), 'key file');
    expect(() => ring.open(place, body)).toThrow(/is not sealed/);
  });
});

describe('keys', () => {
  test('the first key seals and every key opens, so a new one can be put in front', () => {
    const [old, young] = [newKey(), newKey()];
    const before = new KeyRing(old, 'key file');
    const after = new KeyRing(`# new\n${young}\n\n${old} # old\n`, 'key file');
    expect(after.open(place, before.seal(place, body))).toBe(body);
    expect(after.currentId).not.toBe(before.currentId);
    expect(before.knows(after.currentId)).toBe(false);
  });

  test('a missing key is named by its id together with the file, and never shown', () => {
    const lost = new KeyRing(newKey(), 'old file');
    const secret = newKey();
    const ring = new KeyRing(secret, '/data/encryption.key');
    const expected = new RegExp(`key ${lost.currentId}, which /data/encryption.key does not hold`);
    expect(() => ring.open(place, lost.seal(place, body))).toThrow(expected);
    expect(() => ring.require([ring.currentId, lost.currentId])).toThrow(expected);
    expect(() => ring.open(place, lost.seal(place, body))).not.toThrow(secret);
  });

  test.for([
    { name: 'nothing', text: '' },
    { name: 'comments only', text: '# a\n  # b\n' },
    { name: 'a short key', text: randomBytes(16).toString('base64') },
    { name: 'words', text: 'correct horse battery staple' },
  ])('a key file with $name is refused', ({ text }) => {
    expect(() => new KeyRing(text, 'key file')).toThrow(
      expect.objectContaining({ name: 'SealError', code: 'BadKeyFile' }),
    );
  });

  test('a key file is made readable for its owner only', async () => {
    const file = await keyFileIn();
    const ring = await createKeyFile(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readKeyFile(file))?.currentId).toBe(ring.currentId);
  });

  test('processes that make a key file at once agree on one', async () => {
    const file = await keyFileIn();
    const rings = await Promise.all(Array.from({ length: 8 }, () => createKeyFile(file)));
    expect(new Set(rings.map(({ currentId }) => currentId)).size).toBe(1);
  });

  test('a key file that is there is never replaced', async () => {
    const file = await keyFileIn();
    await createKeyFile(file);
    const kept = newKey();
    await writeFile(file, kept);
    await createKeyFile(file);
    expect(await readFile(file, 'utf8')).toBe(kept);
  });

  test('no key file is no key ring', async () => {
    expect(await readKeyFile(await keyFileIn())).toBeUndefined();
  });
});
