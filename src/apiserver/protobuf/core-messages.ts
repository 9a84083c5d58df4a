/** Field numbers of k8s.io/api/core/v1/generated.proto, of the kinds that clients send as protobuf. */
import { list, map, message, one, pointer } from './message.ts';
import { objectMeta } from './meta-messages.ts';

const metadata = one('metadata', objectMeta);

const objectReference = message({
  1: one('kind'),
  2: one('namespace'),
  3: one('name'),
  4: one('uid'),
  5: one('apiVersion'),
  6: one('resourceVersion'),
  7: one('fieldPath'),
});

const localObjectReference = message({ 1: one('name') });

export const namespace = message({
  1: metadata,
  2: one('spec', message({ 1: list('finalizers') })),
  3: one('status', message({ 1: one('phase') })),
});

export const secret = message({
  1: metadata,
  2: map('data', 'bytes'),
  3: one('type'),
  4: map('stringData'),
  5: pointer('immutable', 'boolean'),
});

export const configMap = message({
  1: metadata,
  2: map('data'),
  3: map('binaryData', 'bytes'),
  4: pointer('immutable', 'boolean'),
});

export const serviceAccount = message({
  1: metadata,
  2: list('secrets', objectReference),
  3: list('imagePullSecrets', localObjectReference),
  4: pointer('automountServiceAccountToken', 'boolean'),
});

export const event = message({
  1: metadata,
  2: one('involvedObject', objectReference),
  3: one('reason'),
  4: one('message'),
  5: one('source', message({ 1: one('component'), 2: one('host') })),
  6: one('firstTimestamp', 'time'),
  7: one('lastTimestamp', 'time'),
  8: one('count', 'integer'),
  9: one('type'),
  10: one('eventTime', 'micro-time'),
  11: one(
    'series',
    message({ 1: one('count', 'integer'), 2: one('lastObservedTime', 'micro-time') }),
  ),
  12: one('action'),
  13: one('related', objectReference),
  14: one('reportingComponent'),
  15: one('reportingInstance'),
});

const limitRangeItem = message({
  1: one('type'),
  2: map('max', 'quantity'),
  3: map('min', 'quantity'),
  4: map('default', 'quantity'),
  5: map('defaultRequest', 'quantity'),
  6: map('maxLimitRequestRatio', 'quantity'),
});

export const limitRange = message({
  1: metadata,
  2: one('spec', message({ 1: list('limits', limitRangeItem) })),
});

export const resourceQuota = message({
  1: metadata,
  2: one('spec', message({ 1: map('hard', 'quantity'), 2: list('scopes') })),
  3: one('status', message({ 1: map('hard', 'quantity'), 2: map('used', 'quantity') })),
});
