import type { ImageStream } from '#src/domain/types.ts';
import type { KubeObject, ObjectMeta } from '#src/meta/object.ts';

/** Makes the images of a workload be looked up among the image streams of its namespace. */
const resolveNames = 'alpha.image.policy.openshift.io/resolve-names';

interface Workload extends KubeObject {
  readonly spec?: { readonly template?: { readonly metadata?: ObjectMeta } };
}

/** Whether names are looked up among image streams: of a stream its policy, of others an annotation. */
export function lookupOf(object: KubeObject): boolean {
  if (isStream(object)) return object.spec.lookupPolicy.local;
  const template = (object as Workload).spec?.template;
  const { annotations } = template?.metadata ?? object.metadata;
  return annotations?.[resolveNames] === '*';
}

/** A strategic merge patch that switches the lookup; the annotation goes to the pod template where there is one. */
export function lookupPatch(object: KubeObject, local: boolean): object {
  if (isStream(object)) return { spec: { lookupPolicy: { local } } };
  const metadata = { annotations: { [resolveNames]: local ? '*' : null } };
  return (object as Workload).spec?.template === undefined
    ? { metadata }
    : { spec: { template: { metadata } } };
}

function isStream(object: KubeObject): object is ImageStream {
  return object.kind === 'ImageStream';
}
