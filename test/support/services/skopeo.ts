import { runOk } from './run.ts';

/** User and password that skopeo presents, `USER:PASSWORD`. */
export interface SkopeoOptions {
  readonly credentials?: string;
  /** Directories that the command reads or writes. */
  readonly directories?: readonly string[];
}

/**
 * The raw manifest that a registry answers for a pull spec such as `127.0.0.1:5000/acme/demo:v1`, as skopeo reads it.
 * TLS is not verified and plain HTTP is allowed.
 * @throws {Error} when skopeo cannot read it
 */
export async function skopeoInspectRaw(
  pullSpec: string,
  options: SkopeoOptions = {},
): Promise<string> {
  return runOk('skopeo', [
    'inspect',
    '--raw',
    '--tls-verify=false',
    ...(options.credentials === undefined ? [] : [`--creds=${options.credentials}`]),
    `docker://${pullSpec}`,
  ]);
}

/**
 * Copies an image with everything it refers to; `from` and `to` are skopeo's own references (`docker://…`, `oci:DIR:TAG`).
 * @throws {Error} when skopeo fails
 */
export async function skopeoCopy(
  from: string,
  to: string,
  options: SkopeoOptions = {},
): Promise<void> {
  await runOk(
    'skopeo',
    [
      '--insecure-policy',
      'copy',
      '--all',
      '--quiet',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      ...(options.credentials === undefined
        ? []
        : [`--src-creds=${options.credentials}`, `--dest-creds=${options.credentials}`]),
      from,
      to,
    ],
    { directories: options.directories ?? [] },
  );
}
