/** Accept headers as clients send them, word for word. */

/** kubectl from 1.30 on. */
export const aggregatedAccept =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

/** kubectl 1.27 to 1.29 and `oc` 4.13. */
export const oldAggregatedAccept =
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

/** Typed clients of Go for kinds that they have compiled in. */
export const protobufAccept = 'application/vnd.kubernetes.protobuf,application/json';

/** `kubectl get`. */
export const tableAccept =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';
