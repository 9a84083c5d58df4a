import type { KubeObject } from '#src/meta/object.ts';

import type { Namespace } from '../namespaces/strategy.ts';

export const projectGroup = 'project.openshift.io';
export const projectApiVersion = 'project.openshift.io/v1';
export const displayNameAnnotation = 'openshift.io/display-name';
export const descriptionAnnotation = 'openshift.io/description';
export const requesterAnnotation = 'openshift.io/requester';

/** project.openshift.io/v1 Project: a namespace as its users see it. */
export interface Project extends KubeObject {
  spec?: { finalizers?: string[] };
  status?: { phase?: string };
}

/** The project of a namespace. */
export function projectOf(namespace: Namespace): Project {
  const { finalizers = [] } = namespace.spec ?? {};
  const { phase } = namespace.status ?? {};
  return {
    kind: 'Project',
    apiVersion: projectApiVersion,
    metadata: namespace.metadata,
    spec: finalizers.length === 0 ? {} : { finalizers },
    status: phase === undefined ? {} : { phase },
  };
}
