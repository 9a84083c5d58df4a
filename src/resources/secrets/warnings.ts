import { dockerConfigJsonType, type Secret } from './types.ts';

const dataKey = '.dockerconfigjson';

/** What a pull secret says and nothing here does: the names of keys, never a value. */
export function pullSecretWarnings({ type, data }: Secret): readonly string[] {
  const encoded = data?.[dataKey];
  if (type !== dockerConfigJsonType || encoded === undefined) return [];
  const document = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as object;
  // A helper is a program on the reader's machine, and a secret must not choose what runs there.
  return ['credHelpers', 'credsStore']
    .filter((key) => key in document)
    .map(
      (key) =>
        `data[${dataKey}].${key}: credential helpers are ignored in secrets; only auths is read`,
    );
}
