-- The revision: one row that every writer locks first, so revisions follow commit order and nobody deadlocks.
create table sluice.revision (
  only_row boolean primary key default true check (only_row),
  current bigint not null,
  compacted bigint not null
) with (fillfactor = 10);
insert into sluice.revision (current, compacted) values (0, 0);

-- Keys sort by bytes, whatever the database's locale: continue tokens depend on it.
create table sluice.object (
  resource text collate "C" not null,
  namespace text collate "C" not null,
  name text collate "C" not null,
  revision bigint not null,
  create_revision bigint not null,
  body text not null,
  primary key (resource, namespace, name)
);

-- The log. body is null for a delete, whose last body is previous_body.
create table sluice.event (
  revision bigint primary key,
  resource text collate "C" not null,
  namespace text collate "C" not null,
  name text collate "C" not null,
  type text not null check (type in ('create', 'update', 'delete')),
  create_revision bigint not null,
  previous_revision bigint not null,
  body text,
  previous_body text,
  at timestamptz not null default clock_timestamp()
);
create index event_by_key on sluice.event (resource, namespace, name, revision);

-- Applies writes in order and answers each: the entry written, or why not. expected is null for any revision.
create function sluice.apply(
  types text[], resources text[], namespaces text[], names text[], expecteds bigint[], bodies text[]
) returns table (ordinal int, error text, revision bigint, create_revision bigint, body text)
language plpgsql as $$
#variable_conflict use_column
declare
  start bigint;
  newest bigint;
  found_object sluice.object;
begin
  select r.current into strict start from sluice.revision r for update;
  newest := start;
  for i in 1 .. coalesce(array_length(types, 1), 0) loop
    ordinal := i;
    error := null;
    select o.* into found_object from sluice.object o
      where o.resource = resources[i] and o.namespace = namespaces[i] and o.name = names[i];
    revision := found_object.revision;
    create_revision := found_object.create_revision;
    body := null;
    if types[i] = 'create' then
      if found_object.revision is not null then error := 'KeyExists'; end if;
    elsif found_object.revision is null then
      error := 'KeyNotFound';
    elsif expecteds[i] <> found_object.revision then
      error := 'Conflict';
    end if;
    if error is null then
      newest := newest + 1;
      revision := newest;
      if types[i] = 'create' then
        create_revision := newest;
        insert into sluice.object (resource, namespace, name, revision, create_revision, body)
          values (resources[i], namespaces[i], names[i], newest, newest, bodies[i]);
      elsif types[i] = 'update' then
        update sluice.object o set revision = newest, body = bodies[i]
          where o.resource = resources[i] and o.namespace = namespaces[i] and o.name = names[i];
      else
        body := found_object.body;
        delete from sluice.object o
          where o.resource = resources[i] and o.namespace = namespaces[i] and o.name = names[i];
      end if;
      insert into sluice.event (
        revision, resource, namespace, name, type, create_revision, previous_revision, body, previous_body
      ) values (
        newest, resources[i], namespaces[i], names[i], types[i], create_revision,
        coalesce(found_object.revision, 0), bodies[i], found_object.body
      );
    end if;
    return next;
  end loop;
  if newest > start then
    update sluice.revision set current = newest;
    perform pg_notify('sluice_revision', newest::text);
  end if;
end $$;

-- The newest revision written before a time. The log has no holes above compacted, so halving finds it.
create function sluice.revision_before(moment timestamptz) returns bigint
language plpgsql stable as $$
declare
  low bigint;
  high bigint;
  middle bigint;
begin
  select r.compacted, r.current into strict low, high from sluice.revision r;
  while low < high loop
    middle := (low + high + 1) / 2;
    if (select e.at < moment from sluice.event e where e.revision = middle) then
      low := middle;
    else
      high := middle - 1;
    end if;
  end loop;
  return low;
end $$;
