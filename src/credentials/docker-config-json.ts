import { isObject, readSecretJson } from './secret-json.ts';
import type { CredentialProblem, SecretSource } from './secret-source.ts';

const dataKey = '.dockerconfigjson';

/** `kubernetes.io/dockerconfigjson`: `{"auths": {"registry": {…}}}`, as `docker login` writes it. */
export const dockerConfigJson: SecretSource = {
  type: 'kubernetes.io/dockerconfigjson',
  read(secret) {
    const document = readSecretJson(secret, dataKey);
    if ('problem' in document)
      return { entries: [], problems: [{ key: dataKey, problem: document.problem }] };
    const { auths } = document.fields;
    const problems: CredentialProblem[] = [];
    for (const key of ['credHelpers', 'credsStore']) {
      // A helper is a program on the reader's machine, and a secret must not choose what runs here.
      if (document.fields[key] !== undefined)
        problems.push({ key, problem: 'credential helpers are ignored in secrets' });
    }
    if (auths === undefined || auths === null) return { entries: [], problems };
    if (!isObject(auths)) {
      problems.push({ key: 'auths', problem: 'the value is not a JSON object' });
      return { entries: [], problems };
    }
    return { entries: Object.entries(auths), problems };
  },
};
