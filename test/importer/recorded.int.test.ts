/** Imports from real registries, compared with what a real OpenShift made of the same images. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedRegistry } from '#fixtures/push.ts';
import { recordedImages } from '#fixtures/recorded.ts';
import type { ImageImportStatus, ImportMode } from '#src/domain/types.ts';
import type { Importer, ImportContext, ImportItem } from '#src/importer/importer.ts';
import { startRegistry, type Registry } from '#test/support/services/registry.ts';
import { publicPart } from '#workers/import/ask.ts';
import { contextWith, pullSecret, testImporter } from './support.ts';

/** What OpenShift answered to one image of an import. */
interface Recorded {
  readonly source: string;
  readonly from: string;
  readonly importMode: ImportMode;
  readonly insecure: boolean;
  readonly includeManifest: boolean;
  readonly outcome: ImageImportStatus;
}

const golden = readFileSync(
  new URL('../golden/importer/recorded-images.json', import.meta.url),
  'utf8',
);
const cases = JSON.parse(golden) as Recorded[];

let open: Registry;
let closed: Registry;
let importer: Importer;

beforeAll(async () => {
  [open, closed] = await Promise.all([
    startRegistry(),
    startRegistry({ htpasswd: { user: 'alice', password: 'secret' } }),
  ]);
  const images = recordedImages();
  await Promise.all([
    seedRegistry(open.url, { images: images.open }),
    seedRegistry(closed.url, {
      images: images.auth,
      credentials: { username: 'alice', password: 'secret' },
    }),
  ]);
  importer = testImporter();
});

afterAll(async () => {
  await importer.close();
  await Promise.all([open[Symbol.asyncDispose](), closed[Symbol.asyncDispose]()]);
});

function itemOf({ from, insecure, importMode, includeManifest }: Recorded): ImportItem {
  return { from: located(from), importPolicy: { insecure, importMode }, includeManifest };
}

function located(text: string): string {
  return text.replaceAll('OPEN_REGISTRY', open.host).replaceAll('PRIVATE_REGISTRY', closed.host);
}

function anonymous(): ImportContext {
  return contextWith([]);
}

test.for(cases)('$from, $importMode, as in $source', async (recorded) => {
  const [outcome] = await importer.importImages([itemOf(recorded)], anonymous());
  expect(publicPart(outcome!)).toEqual(JSON.parse(located(JSON.stringify(recorded.outcome))));
});

test('all of them in one import are the same', async () => {
  const same = cases.filter(({ from, insecure }) => insecure || !from.includes('demo'));
  const outcomes = await importer.importImages(same.map(itemOf), anonymous());
  for (const [index, { outcome }] of same.entries())
    expect(outcomes[index]?.status).toEqual(
      (JSON.parse(located(JSON.stringify(outcome))) as ImageImportStatus).status,
    );
});

function privateItem(): ImportItem {
  return { from: `${closed.host}/acme/secret:latest`, importPolicy: { insecure: true } };
}

function refused(): object {
  return {
    status: {
      reason: 'Unauthorized',
      message: `you may not have access to the container image "${closed.host}/acme/secret:latest"`,
    },
    temporary: false,
  };
}

describe('a private image', () => {
  test('is refused without a secret and with a wrong one alike', async () => {
    const wrong = pullSecret('pull', closed.host, 'alice', 'wrong');
    const answers = [
      await importer.importImages([privateItem()], anonymous()),
      await importer.importImages([privateItem()], contextWith([wrong])),
    ];
    for (const [answer] of answers) expect(answer).toMatchObject(refused());
    expect(answers[0]![0]!.status).toEqual(answers[1]![0]!.status);
  });

  test('is imported with the secret, also behind a wrong one of a longer path', async () => {
    const secrets = [
      pullSecret('wrong', `${closed.host}/acme`, 'alice', 'wrong'),
      pullSecret('right', closed.host, 'alice', 'secret'),
    ];
    const [outcome] = await importer.importImages([privateItem()], contextWith(secrets));
    expect(outcome!.status).toEqual({ metadata: {}, status: 'Success' });
    expect(outcome!.image?.metadata.name).toBe(recordedImages().named['priv']!.digest);
  });

  test('a public image is imported in spite of a wrong secret', async () => {
    const secrets = [pullSecret('wrong', open.host, 'alice', 'wrong')];
    const from = `${open.host}/acme/demo:v1`;
    const [outcome] = await importer.importImages(
      [{ from, importPolicy: { insecure: true } }],
      contextWith(secrets),
    );
    expect(outcome!.status.status).toBe('Success');
  });

  test('is not answered from what another namespace fetched', async () => {
    const secret = pullSecret('right', closed.host, 'alice', 'secret');
    await importer.importImages([privateItem()], contextWith([secret]));
    const [outcome] = await importer.importImages([privateItem()], anonymous());
    expect(outcome).toMatchObject(refused());
  });
});

describe('a repository listing', () => {
  const policy = { insecure: true };

  test('has every tag once', async () => {
    const listing = await importer.listRepository(`${open.host}/acme/demo`, policy, anonymous());
    const tags = 'tags' in listing ? [...listing.tags].toSorted() : listing;
    expect(tags).toEqual(['1.0', 'foo', 'latest', 'v1', 'v1.1', 'v2.0']);
  });

  test('of a repository that is not there is not found', async () => {
    const from = `${open.host}/acme/nosuch`;
    expect(await importer.listRepository(from, policy, anonymous())).toMatchObject({
      status: { code: 404, message: `dockerimage.image.openshift.io "${from}" not found` },
      temporary: false,
    });
  });

  test('of a private repository needs the secret', async () => {
    const from = `${closed.host}/acme/secret`;
    expect(await importer.listRepository(from, policy, anonymous())).toMatchObject({
      status: { reason: 'Unauthorized' },
    });
    const secret = pullSecret('right', closed.host, 'alice', 'secret');
    expect(await importer.listRepository(from, policy, contextWith([secret]))).toEqual({
      tags: expect.arrayContaining(['latest', 'v1']),
    });
  });
});

test('the platform of the annotations is preferred to the own', async () => {
  const from = `${open.host}/acme/multi:latest`;
  const [own, preferred] = await importer.importImages(
    [
      { from, importPolicy: { insecure: true } },
      { from, importPolicy: { insecure: true }, preferArch: 'arm64' },
    ],
    anonymous(),
  );
  const { named } = recordedImages();
  expect(own!.image?.metadata.name).toBe(named['multi_amd64']!.digest);
  expect(preferred!.image?.metadata.name).toBe(named['multi_arm64']!.digest);
  expect([own!.upstreamDigest, preferred!.upstreamDigest]).toEqual([
    named['multi']!.digest,
    named['multi']!.digest,
  ]);
});
