import type { Resource } from '#src/apiserver/resource.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { boolean, definition, string } from '#src/meta/schema-builders.ts';
import { badRequest, StatusError } from '#src/meta/status.ts';

import { answered } from '../answered.ts';
import { kindSchema } from '../schema/meta.ts';

/** sluice.dev/v1 KeyRotation. */
interface KeyRotation extends KubeObject {
  spec?: { encryption?: boolean; signing?: boolean };
  status?: { encryptionKey?: string; signingKey?: string };
}

/** Makes new keys; each answers the id of the new one. */
export interface KeyRotationDeps {
  encryption(): Promise<string>;
  signing(): Promise<string>;
}

const schema = kindSchema('dev.sluice.v1.KeyRotation', 'Makes new keys.', {
  spec: definition('dev.sluice.v1.KeyRotationSpec', 'Which keys.', {
    encryption: boolean('The key that secrets are encrypted with in the record.'),
    signing: boolean('The key that tokens of service accounts are signed with.'),
  }),
  status: definition('dev.sluice.v1.KeyRotationStatus', 'The new keys.', {
    encryptionKey: string('Id of the new encryption key.'),
    signingKey: string('Id of the new signing key.'),
  }),
});

/** keyrotations: POST makes new keys to encrypt and to sign with; what the old ones protected stays readable. */
export function keyRotations(deps: KeyRotationDeps): Resource<KeyRotation> {
  return answered(
    { group: 'sluice.dev', kind: 'KeyRotation', namespaced: false, schema },
    async (_context, { metadata, spec = {} }, { dryRun }) => {
      const { encryption = false, signing = false } = spec;
      if (!encryption && !signing)
        throw new StatusError(badRequest('spec.encryption or spec.signing must be true'));
      const rotation: KeyRotation = {
        kind: 'KeyRotation',
        apiVersion: 'sluice.dev/v1',
        metadata: { ...metadata, creationTimestamp: null },
        spec: { encryption, signing },
        status: {
          ...(encryption && !dryRun ? { encryptionKey: await deps.encryption() } : {}),
          ...(signing && !dryRun ? { signingKey: await deps.signing() } : {}),
        },
      };
      return rotation;
    },
  );
}
