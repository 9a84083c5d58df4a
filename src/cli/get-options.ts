/** Flags of `get`. */
export interface GetFlags {
  readonly output?: string;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly showLabels?: boolean;
  readonly watch?: boolean;
  readonly watchOnly?: boolean;
  /** False with `--no-headers`. */
  readonly headers: boolean;
  readonly ignoreNotFound?: boolean;
  readonly filename?: readonly string[];
  readonly sortBy?: string;
  /** Labels that are columns of their own. */
  readonly labelColumns?: readonly string[];
  readonly showManagedFields?: boolean;
  /** A path of the server whose answer is printed as it is. */
  readonly raw?: string;
}

/** Tables are made by the server, so that its columns and ages are shown. */
export const tableAccept =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';
