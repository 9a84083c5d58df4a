import type { KubeObject } from '#src/meta/object.ts';

/** core/v1 Secret. `stringData` is write-only and never stored. */
export interface Secret extends KubeObject {
  type?: string;
  /** Base64 values. */
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  immutable?: boolean;
}

export const dockerConfigJsonType = 'kubernetes.io/dockerconfigjson';
export const dockerCfgType = 'kubernetes.io/dockercfg';
