import fc from 'fast-check';
import { expect, test } from 'vitest';
import { threeWayPatch } from '#src/cli/three-way.ts';
import type { JsonObject } from '#src/meta/json.ts';
import { strategicMergePatch } from '#src/meta/strategic-merge-patch.ts';
import { imageStream } from '#src/resources/schema/stream.ts';

/** Streams that differ in a few labels and tags, so that versions of them overlap. */
const tag = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'c'),
    from: fc.record({
      kind: fc.constant('DockerImage'),
      name: fc.constantFrom('reg.io/x:1', 'reg.io/x:2'),
    }),
    importPolicy: fc.record({ scheduled: fc.boolean() }, { requiredKeys: [] }),
  },
  { requiredKeys: ['name', 'from'] },
);
const stream = fc.record({
  metadata: fc.record(
    {
      name: fc.constant('s'),
      labels: fc.dictionary(fc.constantFrom('k', 'l', 'm'), fc.constantFrom('1', '2')),
    },
    { requiredKeys: ['name'] },
  ),
  spec: fc.record(
    {
      lookupPolicy: fc.record({ local: fc.boolean() }),
      tags: fc.uniqueArray(tag, { selector: ({ name }) => name }),
    },
    { requiredKeys: [] },
  ),
});

interface Stream {
  readonly spec: { readonly tags?: readonly { readonly name: string }[] };
}

function applied(live: unknown, patch: Record<string, unknown>): Stream {
  const result = strategicMergePatch(live as JsonObject, patch as JsonObject, imageStream);
  return result as unknown as Stream;
}

function names({ spec }: Stream): string[] {
  return (spec.tags ?? []).map(({ name }) => name).toSorted();
}

test('the patch makes the live object what is wanted, and then there is nothing left to do', () => {
  fc.assert(
    fc.property(stream, stream, stream, (last, wanted, live) => {
      const result = applied(live, threeWayPatch({ last, wanted, live }));
      expect(result).toMatchObject({ metadata: wanted.metadata });
      const again = { last: wanted, wanted, live: result as unknown as Record<string, unknown> };
      expect(threeWayPatch(again)).toEqual({});
    }),
  );
});

test('tags that the last file named and this one does not are taken away; those that no file named stay', () => {
  fc.assert(
    fc.property(stream, stream, stream, (last, wanted, live) => {
      const result = applied(live, threeWayPatch({ last, wanted, live }));
      const wantedNames = new Set(names(wanted));
      // Where the file leaves the whole list out, and an earlier one did not, the list goes.
      const dropped = 'tags' in last.spec && !('tags' in wanted.spec);
      const kept = names(live).filter((name) => !names(last).includes(name));
      expect(names(result)).toEqual(
        dropped ? [] : [...new Set([...wantedNames, ...kept])].toSorted(),
      );
    }),
  );
});
