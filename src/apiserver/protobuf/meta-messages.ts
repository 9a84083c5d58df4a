/** Field numbers of k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto. */
import { list, map, message, one, pointer } from './message.ts';

const ownerReference = message({
  1: one('kind'),
  3: one('name'),
  4: one('uid'),
  5: one('apiVersion'),
  6: pointer('controller', 'boolean'),
  7: pointer('blockOwnerDeletion', 'boolean'),
});

const managedFieldsEntry = message({
  1: one('manager'),
  2: one('operation'),
  3: one('apiVersion'),
  4: one('time', 'time'),
  6: one('fieldsType'),
  7: one('fieldsV1', 'json'),
  8: one('subresource'),
});

export const objectMeta = message({
  1: one('name'),
  2: one('generateName'),
  3: one('namespace'),
  4: one('selfLink'),
  5: one('uid'),
  6: one('resourceVersion'),
  7: one('generation', 'integer'),
  8: one('creationTimestamp', 'time'),
  9: one('deletionTimestamp', 'time'),
  10: pointer('deletionGracePeriodSeconds', 'integer'),
  11: map('labels'),
  12: map('annotations'),
  13: list('ownerReferences', ownerReference),
  14: list('finalizers'),
  17: list('managedFields', managedFieldsEntry),
});

export const labelSelector = message({
  1: map('matchLabels'),
  2: list('matchExpressions', message({ 1: one('key'), 2: one('operator'), 3: list('values') })),
});

export const deleteOptions = message({
  1: pointer('gracePeriodSeconds', 'integer'),
  2: one(
    'preconditions',
    message({ 1: pointer('uid', 'string'), 2: pointer('resourceVersion', 'string') }),
  ),
  3: pointer('orphanDependents', 'boolean'),
  4: pointer('propagationPolicy', 'string'),
  5: list('dryRun'),
});
