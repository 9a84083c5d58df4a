import { forbiddenField, invalid, required, type FieldError } from '#src/meta/field-error.ts';
import { epochSeconds } from '../time.ts';
import type { ImageSignature, SignatureCondition } from '../types.ts';
import { validateEmbeddedMeta } from './names.ts';

const nameError = 'name must be of format <imageName>@<signatureName>';

/** The fields of a signature; `path` is empty for an ImageSignature, `signatures[i]` inside an image. */
export function validateImageSignature(signature: ImageSignature, path = ''): FieldError[] {
  const at = path === '' ? '' : `${path}.`;
  const { labels = {}, annotations = {}, name = '' } = signature.metadata;
  return [
    ...validateEmbeddedMeta(signature.metadata, at),
    ...(Object.keys(labels).length === 0
      ? []
      : [forbiddenField(`${at}metadata.labels`, 'signature labels cannot be set')]),
    ...(Object.keys(annotations).length === 0
      ? []
      : [forbiddenField(`${at}metadata.annotations`, 'signature annotations cannot be set')]),
    ...(isSignatureName(name) ? [] : [invalid(`${at}metadata.name`, name, nameError)]),
    ...(signature.type === '' ? [required(`${at}type`)] : []),
    ...(signature.content === '' ? [required(`${at}content`)] : []),
    ...validateTrust(signature, at),
  ];
}

/** `⟨image⟩@⟨signature⟩`, both given. */
function isSignatureName(name: string): boolean {
  const parts = name.split('@');
  return parts.length === 2 && parts.every((part) => part !== '');
}

function validateTrust(signature: ImageSignature, at: string): FieldError[] {
  const { conditions = [] } = signature;
  const trusted = newestOf(conditions, 'Trusted');
  const forImage = newestOf(conditions, 'ForImage');
  const missing =
    (trusted === undefined) === (forImage === undefined)
      ? []
      : [missingCondition(conditions, trusted === undefined ? 'Trusted' : 'ForImage', at)];
  if (trusted !== undefined && trusted.status !== 'Unknown') return missing;
  return [...missing, ...validateNoClaims(signature, at)];
}

function missingCondition(
  conditions: readonly SignatureCondition[],
  type: string,
  at: string,
): FieldError {
  return invalid(`${at}conditions`, conditions, `missing ${JSON.stringify(type)} condition type`);
}

function probed({ lastProbeTime }: SignatureCondition): number {
  return epochSeconds(lastProbeTime ?? '') ?? 0;
}

/** The condition of that type that was probed last. */
function newestOf(
  conditions: readonly SignatureCondition[],
  type: string,
): SignatureCondition | undefined {
  return conditions
    .filter((condition) => condition.type === type)
    .toSorted((a, b) => probed(a) - probed(b))
    .at(-1);
}

// Whom a signature names says nothing before somebody has verified it.
function validateNoClaims(signature: ImageSignature, at: string): FieldError[] {
  const { imageIdentity = '', signedClaims = {}, issuedBy, issuedTo } = signature;
  const detail = 'must be unset for unknown signature state';
  return [
    ...(imageIdentity === '' ? [] : [invalid(`${at}imageIdentity`, imageIdentity, detail)]),
    ...(Object.keys(signedClaims).length === 0
      ? []
      : [invalid(`${at}signedClaims`, signedClaims, detail)]),
    ...(issuedBy === undefined ? [] : [invalid(`${at}issuedBy`, issuedBy, detail)]),
    ...(issuedTo === undefined ? [] : [invalid(`${at}issuedTo`, issuedTo, detail)]),
  ];
}
