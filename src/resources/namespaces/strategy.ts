import type { Strategy } from '#src/apiserver/generic/strategy.ts';
import { invalid, type FieldError } from '#src/meta/field-error.ts';
import { dns1123LabelName } from '#src/meta/names.ts';
import type { KubeObject } from '#src/meta/object.ts';

/** core/v1 Namespace. */
export interface Namespace extends KubeObject {
  spec?: { finalizers?: string[] };
  status?: { phase?: 'Active' | 'Terminating'; conditions?: unknown[] };
}

/** Holds a namespace back until a controller has removed what is in it. */
export const contentFinalizer = 'kubernetes';
const nameLabel = 'kubernetes.io/metadata.name';

/** The rules of core/v1 Namespaces; `spec.finalizers` changes only through `/finalize`, `status` through `/status`. */
export const namespaceStrategy: Strategy<Namespace> = {
  namespaced: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(namespace) {
    const finalizers = namespace.spec?.finalizers ?? [];
    return withNameLabel({
      ...namespace,
      spec: {
        finalizers: finalizers.includes(contentFinalizer)
          ? finalizers
          : [...finalizers, contentFinalizer],
      },
      status: { phase: 'Active' },
    });
  },
  validateCreate: (namespace) => [...nameErrors(namespace), ...finalizerErrors(namespace)],
  prepareForUpdate: (next, current) => withNameLabel(kept(next, current)),
  validateUpdate: () => [],
  prepareForDelete: (namespace) => ({
    ...namespace,
    status: { ...namespace.status, phase: 'Terminating' },
  }),
  isHeld: (namespace) => (namespace.spec?.finalizers ?? []).length > 0,
  selectableFields: {
    'status.phase': (namespace) => namespace.status?.phase ?? '',
    name: (namespace) => namespace.metadata.name ?? '',
  },
};

/** `/finalize`: only `spec.finalizers` changes. */
export const namespaceFinalizeStrategy: Strategy<Namespace> = {
  ...namespaceStrategy,
  prepareForUpdate: (next, current) => ({
    ...next,
    ...(current.status === undefined ? {} : { status: current.status }),
  }),
  validateUpdate: finalizerErrors,
};

/** `/status`: only `status` changes. */
export const namespaceStatusStrategy: Strategy<Namespace> = {
  ...namespaceStrategy,
  prepareForUpdate: (next, current) => ({
    ...next,
    ...(current.spec === undefined ? {} : { spec: current.spec }),
  }),
  validateUpdate: phaseErrors,
};

function kept(next: Namespace, current: Namespace): Namespace {
  const { spec: _spec, status: _status, ...rest } = next;
  return {
    ...rest,
    ...(current.spec === undefined ? {} : { spec: current.spec }),
    ...(current.status === undefined ? {} : { status: current.status }),
  };
}

function withNameLabel(namespace: Namespace): Namespace {
  const { name = '', labels } = namespace.metadata;
  return {
    ...namespace,
    metadata: { ...namespace.metadata, labels: { ...labels, [nameLabel]: name } },
  };
}

function nameErrors({ metadata: { name = '' } }: Namespace): FieldError[] {
  if (name === '') return [];
  return dns1123LabelName(name).map((problem) => invalid('metadata.name', name, problem));
}

function finalizerErrors(namespace: Namespace): FieldError[] {
  return (namespace.spec?.finalizers ?? []).flatMap((finalizer, index) =>
    finalizer === contentFinalizer || finalizer.includes('/')
      ? []
      : [
          invalid(
            `spec.finalizers[${index}]`,
            finalizer,
            'name is neither a standard finalizer name nor is it fully qualified',
          ),
        ],
  );
}

function phaseErrors(next: Namespace): FieldError[] {
  const isDeleted = next.metadata.deletionTimestamp !== undefined;
  const phase = next.status?.phase ?? '';
  if (isDeleted && phase !== 'Terminating')
    return [
      invalid(
        'status.Phase',
        phase,
        "may only be 'Terminating' if `deletionTimestamp` is not empty",
      ),
    ];
  if (!isDeleted && phase !== 'Active')
    return [invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")];
  return [];
}
