import { readSecretJson } from './secret-json.ts';
import type { SecretSource } from './secret-source.ts';

const dataKey = '.dockercfg';

/** `kubernetes.io/dockercfg`: the older file, the bare map `{"registry": {…}}`. */
export const dockerCfg: SecretSource = {
  type: 'kubernetes.io/dockercfg',
  read(secret) {
    const document = readSecretJson(secret, dataKey);
    return 'problem' in document
      ? { entries: [], problems: [{ key: dataKey, problem: document.problem }] }
      : { entries: Object.entries(document.fields), problems: [] };
  },
};
