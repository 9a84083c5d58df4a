import { describe, expect, test } from 'vitest';
import { allowList } from '#src/domain/allowed-registries.ts';
import { validateImageSignature } from '#src/domain/validation/image-signature.ts';
import { validateImage } from '#src/domain/validation/image.ts';
import {
  validateImageStream,
  validateImageStreamStatusUpdate,
  validateImageStreamUpdate,
} from '#src/domain/validation/image-stream.ts';
import {
  validateImageStreamImport,
  validateImportRegistries,
} from '#src/domain/validation/image-stream-import.ts';
import { validateImageStreamTagUpdate } from '#src/domain/validation/image-stream-tag.ts';
import { validateImageTag, validateImageTagUpdate } from '#src/domain/validation/image-tag.ts';
import { imageStreamTagView } from '#src/domain/views/image-stream-tag.ts';
import { imageTagView } from '#src/domain/views/image-tag.ts';
import type {
  Image,
  ImageSignature,
  ImageStream,
  ImageStreamImport,
  ImageTag,
  TagReference,
} from '#src/domain/types.ts';
import { fieldErrorText, type FieldError } from '#src/meta/field-error.ts';
import { digest, image, imported, importSpec, stream, tagFrom } from './builders.ts';

function texts(errors: readonly FieldError[]): string[] {
  return errors.map(fieldErrorText);
}

function withEvent(dockerImageReference: string): ImageStream {
  const base = stream('app');
  const item = { created: '', dockerImageReference, image: '', generation: 1 };
  return { ...base, status: { ...base.status, tags: [{ tag: 't', items: [item] }] } };
}

describe('an image stream', () => {
  test.for<[string, TagReference, string[]]>([
    [
      'a source without a name',
      { ...imported('t'), from: { kind: 'DockerImage' } },
      ['spec.tags[t].from.name: Required value'],
    ],
    [
      'an unknown kind',
      tagFrom('t', 'ImageStream', 'x'),
      [
        "spec.tags[t].from.kind: Required value: valid values are 'DockerImage', 'ImageStreamImage', 'ImageStreamTag'",
      ],
    ],
    [
      'a schedule for an internal tag',
      { ...tagFrom('t', 'ImageStreamImage', 'x@y'), importPolicy: { scheduled: true } },
      [
        'spec.tags[t].importPolicy.scheduled: Invalid value: true: only tags pointing to Docker repositories may be scheduled for background import',
      ],
    ],
  ])('%s is refused', ([, tag, expected]) => {
    expect(texts(validateImageStream(stream('app', [tag])))).toEqual(expected);
  });

  test('a pull spec of the history is required and must be readable', () => {
    const path = 'status.tags[t].items[0].dockerImageReference';
    expect(texts(validateImageStream(withEvent('')))).toEqual([`${path}: Required value`]);
    expect(texts(validateImageStream(withEvent('BAD')))).toEqual([
      `${path}: Invalid value: "BAD": repository name must be lowercase`,
    ]);
  });

  test('a repository has neither tag nor digest', () => {
    const base = stream();
    const dockerImageRepository = `a/b:c@${digest('aa')}`;
    const path = `spec.dockerImageRepository: Invalid value: "${dockerImageRepository}"`;
    expect(
      texts(validateImageStream({ ...base, spec: { ...base.spec, dockerImageRepository } })),
    ).toEqual([
      `${path}: the repository name may not contain a tag`,
      `${path}: the repository name may not contain an ID`,
    ]);
  });

  test('what a stream names already stays editable when the list of registries shrinks', () => {
    const allowed = allowList([{ domainName: 'quay.io' }]);
    const old = stream('app', [imported('t', 'old.example/a/b:v1')]);
    const next = stream('app', [imported('t', 'old.example/a/b:v2')]);
    expect(validateImageStreamUpdate(next, old, allowed)).toEqual([]);
    const elsewhere = stream('app', [imported('t', 'old.example/a/c:v1')]);
    expect(texts(validateImageStreamUpdate(elsewhere, old, allowed))).toEqual([
      'spec.tags[t].from.name: Forbidden: registry "old.example" not allowed by whitelist: "quay.io:443"',
    ]);
  });

  test('a status update answers for new pull specs only', () => {
    expect(validateImageStreamStatusUpdate(withEvent('BAD'), withEvent('BAD'))).toEqual([]);
    expect(validateImageStreamStatusUpdate(withEvent('BAD'), withEvent('good'))).toHaveLength(1);
  });
});

describe('an image', () => {
  const part = {
    digest: digest('aa'),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    manifestSize: 1,
    architecture: 'amd64',
    os: 'linux',
  };

  test('an index is checked part by part, and has no layers', () => {
    const index: Image = {
      ...image(digest('bb')),
      dockerImageLayers: [{ name: 'l', size: 1, mediaType: 'm' }],
      dockerImageManifests: [
        part,
        { digest: 'x', mediaType: 'nope', manifestSize: -1, architecture: '', os: '' },
      ],
    };
    expect(texts(validateImage(index))).toEqual([
      'dockerImageManifests[1].digest: Invalid value: "x": digest does not conform with OCI image specification',
      'dockerImageManifests[1].mediaType: Invalid value: "nope": media type does not conform to RFC6838',
      'dockerImageManifests[1].architecture: Required value',
      'dockerImageManifests[1].os: Required value',
      'dockerImageManifests[1].size: Invalid value: -1: manifest size cannot be negative',
      'dockerImageLayers: Invalid value: [{"name":"l","size":1,"mediaType":"m"}]: dockerImageLayers should not be set when dockerImageManifests is set',
    ]);
    const { dockerImageLayers: _layers, ...flat } = index;
    expect(validateImage({ ...flat, dockerImageManifests: [part] })).toEqual([]);
  });

  test('inside a mapping its fields are prefixed, and its name counts', () => {
    expect(texts(validateImage({ metadata: { name: 'a/b' } }, 'image'))).toEqual([
      'image.metadata.name: Invalid value: "a/b": may not contain \'/\'',
      'image.dockerImageReference: Required value',
    ]);
  });
});

describe('a signature', () => {
  const signature: ImageSignature = {
    metadata: { name: 'sha256:1@sig' },
    type: 'AtomicImageV1',
    content: 'aGk=',
  };

  test('says nothing of its signer before it was verified', () => {
    expect(validateImageSignature(signature)).toEqual([]);
    const claims = { ...signature, imageIdentity: 'x', issuedBy: { commonName: 'y' } };
    expect(texts(validateImageSignature(claims))).toEqual([
      'imageIdentity: Invalid value: "x": must be unset for unknown signature state',
      'issuedBy: Invalid value: {"commonName":"y"}: must be unset for unknown signature state',
    ]);
    const conditions = [
      { type: 'Trusted', status: 'True' },
      { type: 'ForImage', status: 'True' },
    ];
    expect(validateImageSignature({ ...claims, conditions })).toEqual([]);
  });

  test('has both conditions or none', () => {
    const conditions = [{ type: 'Trusted', status: 'True' }];
    expect(texts(validateImageSignature({ ...signature, conditions }))[0]).toContain(
      'missing "ForImage" condition type',
    );
  });

  test('has neither labels nor annotations, and a name of two halves', () => {
    const metadata = { name: 'x@', labels: { a: 'b' }, annotations: { a: 'b' } };
    expect(texts(validateImageSignature({ ...signature, metadata }))).toEqual([
      'metadata.labels: Forbidden: signature labels cannot be set',
      'metadata.annotations: Forbidden: signature annotations cannot be set',
      'metadata.name: Invalid value: "x@": name must be of format <imageName>@<signatureName>',
    ]);
  });
});

function request(spec: ImageStreamImport['spec']): ImageStreamImport {
  return { metadata: { name: 'app', namespace: 'ns' }, spec, status: {} };
}

describe('an import', () => {
  test('the old name for everything is let through, whatever its policy', () => {
    const star = { ...importSpec('t', '*'), importPolicy: { importMode: 'Bogus' as 'Legacy' } };
    expect(validateImageStreamImport(request({ import: true, images: [star] }))).toEqual([]);
  });

  test('a target tag has a name; a repository has neither tag nor digest', () => {
    const errors = validateImageStreamImport(
      request({
        import: true,
        images: [importSpec('', 'quay.io/a/b')],
        repository: importSpec('', ''),
      }),
    );
    expect(texts(errors)).toEqual([
      'spec.images[0].to.name: Invalid value: "": the name of the target tag must be specified',
      'spec.repository.from.name: Required value: container image references require a name',
    ]);
  });

  test('registries are refused by host and port', () => {
    const allowed = allowList([{ domainName: 'quay.io' }]);
    const insecure = { ...importSpec('t', 'evil.example/a/b'), importPolicy: { insecure: true } };
    const errors = validateImportRegistries(
      request({ import: true, images: [importSpec('t', 'quay.io/a/b'), insecure] }),
      allowed,
    );
    expect(texts(errors)).toEqual([
      'spec.images[1].from.name: Forbidden: importing images from registry "evil.example:80" is forbidden: registry "evil.example" not allowed by whitelist: "quay.io:443"',
    ]);
  });
});

describe('a tag that is written as an object of its own', () => {
  const app = stream('app', [imported('v1')]);
  const current = imageStreamTagView(app, 'v1', undefined);

  test('may change its annotations, nothing else of its metadata', () => {
    const annotated = { ...current, metadata: { ...current.metadata, annotations: { a: 'b' } } };
    expect(validateImageStreamTagUpdate(annotated, current)).toEqual([]);
    const labelled = { ...current, metadata: { ...current.metadata, labels: { a: 'b' } } };
    expect(texts(validateImageStreamTagUpdate(labelled, current))).toEqual([
      'metadata: Invalid value: "": may not update fields other than metadata.annotations',
    ]);
  });

  test('may stay where it imports from when the list of registries shrinks', () => {
    const allowed = allowList([{ domainName: 'quay.io' }]);
    const old = stream('app', [imported('t', 'old.example/a/b:v1')]);
    const next = stream('app', [imported('t', 'old.example/a/b:v2')]);
    const [before, after] = [old, next].map((each) => imageStreamTagView(each, 't', undefined));
    expect(validateImageStreamTagUpdate(after!, before!, allowed)).toEqual([]);
    const [was, is] = [old, next].map((each) => imageTagView(each, 't', undefined));
    expect(validateImageTagUpdate(is!, was!, allowed)).toEqual([]);
    expect(validateImageTag(is!, allowed)).toHaveLength(1);
  });

  const imageTag: ImageTag = {
    metadata: { name: 'app:v1', namespace: 'ns' },
    spec: imported('v1'),
    status: null,
    image: null,
  };

  test('an image tag is created with a spec of its own name', () => {
    expect(validateImageTag(imageTag)).toEqual([]);
    expect(texts(validateImageTag({ ...imageTag, spec: null }))).toEqual([
      'spec: Required value: spec is a required field during creation',
    ]);
    expect(texts(validateImageTag({ ...imageTag, spec: imported('v2') }))).toEqual([
      'spec.name: Invalid value: "v2": must match image tag name',
    ]);
  });

  test('an image tag changes its spec only', () => {
    expect(validateImageTagUpdate({ ...imageTag, spec: null }, imageTag)).toEqual([]);
    const next = {
      ...imageTag,
      metadata: { ...imageTag.metadata, labels: { a: 'b' } },
      status: {
        tag: 'v1',
        items: null,
        conditions: [
          {
            type: 'ImportSuccess' as const,
            status: 'False' as const,
            lastTransitionTime: '',
            generation: 1,
          },
        ],
      },
    };
    expect(texts(validateImageTagUpdate(next, imageTag))).toEqual([
      'metadata: Invalid value: "": may not update fields other than spec',
      'status: Invalid value: "": may not update fields other than spec',
    ]);
  });
});
