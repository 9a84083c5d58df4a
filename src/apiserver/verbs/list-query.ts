import { type FieldError, forbiddenField, unsupported } from '#src/meta/field-error.ts';
import { badRequest, refuseInvalid, StatusError } from '#src/meta/status.ts';

import { isTrue } from '../http/request-info.ts';
import type { ListQuery, WatchQuery } from '../resource.ts';
import type { VerbCall } from './call.ts';

/**
 * The parameters of a list (meta/v1 ListOptions).
 * @throws {StatusError} 400 for numbers that are none, 422 for combinations that mean nothing
 */
export function listQuery(call: VerbCall): ListQuery {
  const { query } = call.request;
  const match = query.get('resourceVersionMatch') ?? '';
  const errors = matchErrors(query, match);
  if (query.has('sendInitialEvents'))
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  refuse(errors);
  return { ...selectors(call), ...paging(query), ...versions(query, match) };
}

/**
 * The parameters of a watch; a name in the path is a selector for it.
 * @throws {StatusError} as `listQuery`
 */
export function watchQuery(call: VerbCall): WatchQuery {
  const { query } = call.request;
  const match = query.get('resourceVersionMatch') ?? '';
  const initial = query.has('sendInitialEvents');
  refuse(watchMatchErrors(match, initial));
  const timeoutSeconds = integer(query, 'timeoutSeconds');
  return {
    ...selectors(call),
    ...versions(query, match),
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
    ...(initial ? { sendInitialEvents: isTrue(query.get('sendInitialEvents')) } : {}),
    ...(timeoutSeconds === undefined || timeoutSeconds <= 0 ? {} : { timeoutSeconds }),
  };
}

function selectors({
  request,
  info,
}: VerbCall): Pick<ListQuery, 'labelSelector' | 'fieldSelector'> {
  const fields = request.query.get('fieldSelector') ?? '';
  const name = info.name === '' ? [] : [`metadata.name=${escaped(info.name)}`];
  return {
    labelSelector: request.query.get('labelSelector') ?? '',
    fieldSelector: [...name, ...(fields === '' ? [] : [fields])].join(','),
  };
}

function paging(query: URLSearchParams): Pick<ListQuery, 'limit' | 'continue'> {
  const limit = integer(query, 'limit');
  const token = query.get('continue') ?? '';
  return {
    ...(limit === undefined || limit <= 0 ? {} : { limit }),
    ...(token === '' ? {} : { continue: token }),
  };
}

function versions(
  query: URLSearchParams,
  match: string,
): Pick<ListQuery, 'resourceVersion' | 'resourceVersionMatch'> {
  const version = query.get('resourceVersion') ?? '';
  return {
    ...(version === '' ? {} : { resourceVersion: version }),
    ...(match === '' ? {} : { resourceVersionMatch: match }),
  };
}

const field = 'resourceVersionMatch';

function matchErrors(query: URLSearchParams, match: string): FieldError[] {
  if (match === '') return [];
  const version = query.get('resourceVersion') ?? '';
  const errors: FieldError[] = [];
  if ((query.get('continue') ?? '') !== '')
    errors.push(forbiddenField(field, `${field} is forbidden when continue is provided`));
  if (version === '')
    errors.push(forbiddenField(field, `${field} is forbidden unless resourceVersion is provided`));
  if (match !== 'Exact' && match !== 'NotOlderThan')
    errors.push(unsupported(field, match, ['Exact', 'NotOlderThan', '']));
  if (match === 'Exact' && version === '0')
    errors.push(forbiddenField(field, `${field} "Exact" is forbidden for resourceVersion "0"`));
  return errors;
}

function watchMatchErrors(match: string, initial: boolean): FieldError[] {
  if (!initial)
    return match === ''
      ? []
      : [
          forbiddenField(
            field,
            `${field} is forbidden for watch unless sendInitialEvents is provided`,
          ),
        ];
  if (match === '')
    return [forbiddenField(field, `sendInitialEvents requires setting ${field} to NotOlderThan`)];
  return match === 'NotOlderThan' ? [] : [unsupported(field, match, ['NotOlderThan'])];
}

function refuse(errors: readonly FieldError[]): void {
  refuseInvalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}

/** @throws {StatusError} 400 when the parameter is there and no whole number */
export function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  if (text === '') return undefined;
  if (!/^[+-]?\d{1,15}$/.test(text))
    throw new StatusError(
      badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`),
    );
  return Number(text);
}

function escaped(value: string): string {
  return value.replaceAll(/[\\,=]/g, String.raw`\$&`);
}
