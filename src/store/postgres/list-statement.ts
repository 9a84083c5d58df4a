import type { ListOptions, Range } from '../store.ts';
import type { Statement } from './database.ts';

/** One row per entry; a single row without `name` when the range has none. */
export interface ListRow {
  readonly current: number;
  readonly compacted: number;
  /** Entries of the range behind `after`; null when the list has no limit. */
  readonly behind: number | null;
  readonly namespace: string;
  readonly name: string | null;
  readonly revision: number;
  readonly create_revision: number;
  readonly body: string;
}

const columns = 'namespace, name, revision, create_revision, body';

/**
 * The statement behind a list. It is one statement, so entries, count and revision are of one snapshot. It is written
 * for the shape of the range, because a condition that a parameter switches off would also switch off the index.
 */
export function listStatement(range: Range, { limit, after, revision }: ListOptions): Statement {
  const values: unknown[] = [range.resource];
  const conditions = ['resource = $1'];
  if (range.namespace !== undefined) conditions.push(`namespace = ${parameter(range.namespace)}`);
  if (after !== undefined) {
    conditions.push(
      `(namespace, name) > (${parameter(after.namespace)}, ${parameter(after.name)})`,
    );
  }
  const where = conditions.join(' and ');
  const at = revision === undefined ? undefined : parameter(revision);
  const bound = limit === undefined ? '' : `limit ${parameter(limit)}`;
  const entries =
    at === undefined ? now(where) : asOf(where, at, `order by namespace, name ${bound}`);
  const counted = at === undefined ? now(where) : asOf(where, at, '');
  const behind =
    limit === undefined ? 'null::bigint' : `(select count(*) from (${counted}) as every_entry)`;
  const text = `
    select r.current, r.compacted, ${behind} as behind, page.*
    from sluice.revision r
    left join lateral (select * from (${entries}) as entry order by namespace, name ${bound}) as page on true
    order by page.namespace, page.name`;
  const shape = [
    range.namespace === undefined ? 'all' : 'namespace',
    after === undefined ? '' : 'after',
    at === undefined ? '' : 'at',
    limit === undefined ? '' : 'limit',
  ];
  return { name: `sluice.list.${shape.join('.')}`, text, values };

  function parameter(value: unknown): string {
    values.push(value);
    return `$${values.length}`;
  }
}

function now(where: string): string {
  return `select ${columns} from sluice.object where ${where}`;
}

/** As of a revision: what has not been written since, and what each first write since then replaced. */
function asOf(where: string, at: string, bounded: string): string {
  return `
    (select ${columns} from sluice.object where ${where} and revision <= ${at} ${bounded})
    union all
    (select namespace, name, previous_revision, create_revision, previous_body from (
      select distinct on (namespace, name) * from sluice.event
      where ${where} and revision > ${at} order by namespace, name, revision
    ) as first_since where previous_revision > 0 ${bounded})`;
}
