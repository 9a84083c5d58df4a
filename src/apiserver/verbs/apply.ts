import { conform } from '#src/meta/conform.ts';
import type { JsonValue } from '#src/meta/json.ts';
import { FieldPathError } from '#src/meta/managed-fields/path-element.ts';
import { type ApplyConflict, trackApply } from '#src/meta/managed-fields/track.ts';
import type { KubeObject } from '#src/meta/object.ts';
import {
  badRequest,
  failure,
  methodNotAllowed,
  type Status,
  StatusError,
} from '#src/meta/status.ts';

import { duplicateYamlFields } from '../decode/duplicate-fields.ts';
import { validatedFields } from '../decode/field-validation.ts';
import { checkedObject } from '../decode/object.ts';
import { parseJsonOrYaml, ParseError } from '../decode/parse.ts';
import { objectResponse } from '../encode/object-response.ts';
import type { ApiResponse } from '../http/messages.ts';
import type { VerbCall } from './call.ts';
import { hasManagedFields, trackingOf } from './field-management.ts';
import { named } from './update.ts';
import { type CheckedWriteOptions, type FieldValidation, writeOptions } from './write-options.ts';

/** The media type of a PATCH that is a server-side apply; the body is YAML or, mostly, JSON. */
export const applyPatchType = 'application/apply-patch+yaml';

/** Server-side apply: PATCH with the configuration that one manager wants, creating the object where there is none. */
export async function applyVerb(call: VerbCall): Promise<ApiResponse> {
  const { rest } = call.target;
  if (rest.update === undefined) throw new StatusError(methodNotAllowed());
  const options = writeOptions(call.request, 'PatchOptions', true);
  const configuration = decodeConfiguration(call);
  checkDuplicates(call, options.fieldValidation);
  const { object, created } = await rest.update(
    call.context,
    call.info.name,
    async (current) => {
      if (current === undefined) await call.requireCreate();
      return validatedFields(call, applied(call, current, { configuration, options }), 'Ignore');
    },
    { ...options, forceAllowCreate: true },
  );
  return objectResponse(call, created ? 201 : 200, object);
}

interface Apply {
  readonly configuration: KubeObject;
  readonly options: CheckedWriteOptions;
}

function applied(
  call: VerbCall,
  current: KubeObject | undefined,
  { configuration, options }: Apply,
): KubeObject {
  const tracking = trackingOf(call, 'Apply', options.fieldManager);
  try {
    const result = trackApply(current, configuration, { ...tracking, force: options.force });
    if (result.conflicts !== undefined) throw new StatusError(applyConflict(result.conflicts));
    if (hasManagedFields(call)) return result.object;
    const { managedFields: _fields, ...metadata } = result.object.metadata;
    return { ...result.object, metadata };
  } catch (error) {
    if (error instanceof FieldPathError) throw unreadable(call, error.message);
    throw error;
  }
}

function decodeConfiguration(call: VerbCall): KubeObject {
  const object = named(call, checkedObject(call, parsed(call)));
  const { managedFields } = object.metadata;
  if (managedFields !== undefined && managedFields !== null && managedFields.length > 0)
    throw new StatusError(badRequest('metadata.managedFields must be nil'));
  const { schema } = call.target;
  if (schema === undefined) return object;
  const { unknown, mismatch } = conform(object as unknown as JsonValue, schema);
  const [field] = unknown;
  if (mismatch !== undefined) throw unreadable(call, mismatch);
  if (field !== undefined) throw unreadable(call, `.${field}: field not declared in schema`);
  return object;
}

/** @throws {StatusError} 400 with `Strict` for keys that are there twice */
function checkDuplicates({ request, context }: VerbCall, validation: FieldValidation): void {
  if (validation === 'Ignore') return;
  const { strict } = duplicateYamlFields(request.body.toString());
  const [problem] = strict;
  if (problem === undefined) return;
  if (validation === 'Strict')
    throw new StatusError(badRequest(`error strict decoding YAML: ${problem}`));
  context.warn(problem);
}

function parsed({ request }: VerbCall): JsonValue {
  try {
    return parseJsonOrYaml(request.body.toString());
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new StatusError(badRequest(`error decoding YAML: ${error.message}`));
  }
}

function unreadable({ info, target }: VerbCall, problem: string): StatusError {
  const place = info.namespace === '' ? info.name : `${info.namespace}/${info.name}`;
  return new StatusError(
    badRequest(
      `failed to create typed patch object (${place}; ${target.apiVersion}, Kind=${target.kind}): ${problem}`,
    ),
  );
}

/** The 409 of fields that others own: kubectl shows the message, programs read the causes. */
function applyConflict(conflicts: readonly ApplyConflict[]): Status {
  return failure(409, 'Conflict', conflictText(conflicts), {
    causes: conflicts.map(({ message, field }) => ({
      reason: 'FieldManagerConflict',
      message,
      field,
    })),
  });
}

function conflictText(conflicts: readonly ApplyConflict[]): string {
  const [first] = conflicts;
  if (first !== undefined && conflicts.length === 1)
    return `Apply failed with 1 conflict: ${first.message}: ${first.field}`;
  const byManager = Map.groupBy(conflicts, ({ manager }) => manager);
  const lines = [...byManager]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([manager, each]) => [
      `conflicts with ${manager}:`,
      ...each.map(({ field }) => `- ${field}`),
    ]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}
