import {
  boolean,
  bytes,
  conditionFields,
  int64,
  keyedList,
  listOf,
  string,
  stringMap,
  time,
} from '#src/meta/schema-builders.ts';
import type { Schema } from '#src/meta/schema.ts';

import { imageDefinition, imageKind } from './image-group.ts';

const signatureCondition = imageDefinition('SignatureCondition', 'What is known of a signature.', {
  ...conditionFields('Trusted or ForImage.', 'True, False or Unknown.'),
  lastProbeTime: time('When it was last checked.'),
});

const certificateName = {
  organization: string('Organization name.'),
  commonName: string('Common name.'),
};

const signatureIssuer = imageDefinition('SignatureIssuer', 'Who issued the certificate.', {
  ...certificateName,
});

const signatureSubject = imageDefinition('SignatureSubject', 'Whom it was issued to.', {
  ...certificateName,
  publicKeyID: string('The id of the key that signed.'),
});

/** An ImageSignature, alone or inside an Image. */
export const imageSignature: Schema = imageKind(
  'ImageSignature',
  'A signature of an image; named IMAGE@NAME.',
  {
    type: string('AtomicImageV1.'),
    content: bytes('The signature itself.'),
    conditions: keyedList(signatureCondition, 'type', 'Set by whoever verifies the signature.'),
    imageIdentity: string('What the signature says the image is.'),
    signedClaims: stringMap('Claims of the signature.'),
    created: time('When it was made, if it says so.'),
    issuedBy: signatureIssuer,
    issuedTo: signatureSubject,
  },
);

const imageLayer = imageDefinition('ImageLayer', 'One layer of an image.', {
  name: string('Digest of the layer.'),
  size: int64('Bytes as stored in the registry.'),
  mediaType: string('Media type of the layer.'),
});

const imageManifest = imageDefinition('ImageManifest', 'One image of an index.', {
  digest: string('Digest of the manifest.'),
  mediaType: string('Media type of the manifest.'),
  manifestSize: int64('Bytes of the manifest.'),
  architecture: string('Processor architecture, such as amd64.'),
  os: string('Operating system, such as linux.'),
  variant: string('Variant of the architecture, such as v8.'),
});

/** An Image. */
export const image: Schema = imageKind(
  'Image',
  'What the manifest and config of one image say; named by the manifest digest.',
  {
    dockerImageReference: string('Where the image can be pulled from.'),
    dockerImageMetadata: {
      id: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
      type: 'object',
      description: 'The image config as a DockerImage document.',
      patchStrategy: 'replace',
      preserveUnknown: true,
    },
    dockerImageMetadataVersion: string('Version of that document: 1.0.'),
    dockerImageManifest: string('The manifest itself; usually not kept.'),
    dockerImageLayers: listOf(imageLayer, 'The layers, base first; absent for an index.'),
    signatures: {
      ...listOf(imageSignature, 'Signatures of the image.'),
      patchStrategy: 'merge',
      patchMergeKey: 'name',
    },
    dockerImageSignatures: listOf(bytes(), 'Signatures of a schema 1 manifest.'),
    dockerImageManifestMediaType: string('Media type of the manifest.'),
    dockerImageConfig: string('The config itself; usually not kept.'),
    dockerImageManifests: listOf(imageManifest, 'The images of an index; absent otherwise.'),
  },
);

/** How a tag is imported. */
export const tagImportPolicy: Schema = imageDefinition(
  'TagImportPolicy',
  'How a tag is imported.',
  {
    insecure: boolean('Plain HTTP and unverified certificates are accepted.'),
    scheduled: boolean('The tag is checked again and again, every 15 minutes unless configured.'),
    // No default here: it is a setting of the server.
    importMode: string('Legacy takes one image of an index; PreserveOriginal keeps the index.'),
  },
);

/** How a tag is shown to those who pull it. */
export const tagReferencePolicy: Schema = imageDefinition(
  'TagReferencePolicy',
  'Which reference those who pull the tag are given.',
  {
    type: {
      ...string('Source is where the image came from, Local is this registry.'),
      default: 'Source',
    },
  },
);
