import { join } from 'node:path';

import { writePrivateFile } from '#src/apiserver/tls/data-directory.ts';
import { kubeconfig } from '#src/apiserver/tls/kubeconfig.ts';

interface AdminAccess {
  readonly dataDir: string;
  /** Where the server listens. */
  readonly url: string;
  /** PEM; absent when the certificate is one that clients trust anyway. */
  readonly ca?: string;
  readonly token: string;
  readonly namespace: string;
}

/**
 * Writes the administrator's kubeconfig, mode 0600.
 * @returns the file, and the URL in it
 */
export async function writeAdminKubeconfig({
  dataDir,
  url,
  ...access
}: AdminAccess): Promise<{ readonly url: string; readonly kubeconfigFile: string }> {
  const kubeconfigFile = join(dataDir, 'admin.kubeconfig');
  const server = reachableUrl(url);
  await writePrivateFile(kubeconfigFile, kubeconfig({ server, user: 'admin', ...access }));
  return { url: server, kubeconfigFile };
}

/** A server that listens everywhere is reached here by the loopback address. */
function reachableUrl(url: string): string {
  return url
    .replace('https://0.0.0.0:', 'https://127.0.0.1:')
    .replace('https://[::]:', 'https://[::1]:');
}
