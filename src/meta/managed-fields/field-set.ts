import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { fieldSchema, type Schema } from '../schema.ts';
import type { Path, PathElement } from './path-element.ts';

/**
 * A set of paths to fields, as a tree. A node that is a member stands for its own path, whatever its children are: an
 * object and its fields are owned apart from each other.
 */
export class FieldSet {
  #member = false;
  readonly #children = new Map<PathElement, FieldSet>();

  /** Reads FieldsV1, where `.` says that a node with children is itself a member. */
  static fromFieldsV1(fields: JsonValue | undefined): FieldSet {
    const set = new FieldSet();
    if (!isJsonObject(fields)) return set;
    for (const [element, value] of Object.entries(fields)) {
      if (element === '.') set.#member = true;
      else {
        const child = FieldSet.fromFieldsV1(value);
        if (child.isEmpty()) child.#member = true;
        set.#children.set(element, child);
      }
    }
    return set;
  }

  toFieldsV1(): JsonObject {
    const self: [string, JsonObject][] = this.#member && this.#children.size > 0 ? [['.', {}]] : [];
    const children = [...this.#children]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([element, child]): [string, JsonObject] => [element, child.toFieldsV1()]);
    return Object.fromEntries([...self, ...children]);
  }

  insert(path: Path): void {
    const [element, ...rest] = path;
    if (element === undefined) {
      this.#member = true;
      return;
    }
    let child = this.#children.get(element);
    if (child === undefined) {
      child = new FieldSet();
      this.#children.set(element, child);
    }
    child.insert(rest);
  }

  isEmpty(): boolean {
    return !this.#member && this.#children.size === 0;
  }

  /** Whether the path of one step is a member. */
  has(element: PathElement): boolean {
    const child = this.#children.get(element);
    return child !== undefined && child.#member;
  }

  /** The paths below one step; `undefined` when there are none. */
  below(element: PathElement): FieldSet | undefined {
    const child = this.#children.get(element);
    return child === undefined || child.#children.size === 0 ? undefined : child;
  }

  union(other: FieldSet): FieldSet {
    return this.#combined(other, (mine, theirs) => mine || theirs);
  }

  intersection(other: FieldSet): FieldSet {
    return this.#combined(other, (mine, theirs) => mine && theirs);
  }

  difference(other: FieldSet): FieldSet {
    return this.#combined(other, (mine, theirs) => mine && !theirs);
  }

  equals(other: FieldSet): boolean {
    return this.difference(other).isEmpty() && other.difference(this).isEmpty();
  }

  /** The set with every named field of the schema on the way to a member made a member too. */
  withNamedFields(schema: Schema | undefined): FieldSet {
    const result = new FieldSet();
    result.#member = this.#member;
    for (const [element, child] of this.#children) {
      const name = element.startsWith('f:') ? element.slice(2) : undefined;
      const inner = name === undefined ? schema?.items : fieldSchema(schema, name);
      const next = child.withNamedFields(inner);
      if (name !== undefined && schema?.properties?.[name] !== undefined) next.#member = true;
      result.#children.set(element, next);
    }
    return result;
  }

  /** Every member, in the order of FieldsV1. */
  *paths(prefix: Path = []): Generator<Path> {
    if (this.#member) yield prefix;
    const children = [...this.#children].toSorted(([a], [b]) => (a < b ? -1 : 1));
    for (const [element, child] of children) yield* child.paths([...prefix, element]);
  }

  #combined(other: FieldSet, keep: (mine: boolean, theirs: boolean) => boolean): FieldSet {
    const result = new FieldSet();
    result.#member = keep(this.#member, other.#member);
    for (const element of new Set([...this.#children.keys(), ...other.#children.keys()])) {
      const child = (this.#children.get(element) ?? none).#combined(
        other.#children.get(element) ?? none,
        keep,
      );
      if (!child.isEmpty()) result.#children.set(element, child);
    }
    return result;
  }
}

const none = new FieldSet();
