import { stringify } from 'yaml';

export interface KubeconfigOptions {
  /** `https://127.0.0.1:8443` */
  readonly server: string;
  /** PEM of the authority that signed the server's certificate; the system's are used when absent. */
  readonly ca?: string;
  readonly user: string;
  readonly token: string;
  readonly namespace: string;
}

/** A kubeconfig with one cluster, one user and one context, all current. It holds a token: keep it private. */
export function kubeconfig(options: KubeconfigOptions): string {
  const { server, ca, user, token, namespace } = options;
  const authority =
    ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sluice', cluster: { server, ...authority } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'sluice', context: { cluster: 'sluice', user, namespace } }],
    'current-context': 'sluice',
  });
}
