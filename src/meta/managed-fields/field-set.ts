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
    const fields: JsonObject = this.#member && this.#children.size > 0 ? { '.': {} } : {};
    // No element is called __proto__: each says what it is first.
    for (const [element, child] of this.#sorted()) fields[element] = child.toFieldsV1();
    return fields;
  }

  insert(path: Path): void {
    // Sets are as deep as objects, and a call for each step of each path would be half of the work.
    // oxlint-disable-next-line typescript/no-this-alias
    let node: FieldSet = this;
    for (const element of path) {
      let child = node.#children.get(element);
      if (child === undefined) node.#children.set(element, (child = new FieldSet()));
      node = child;
    }
    node.#member = true;
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

  /** The sets that come of these three share what they can with those that they are made of. */
  union(other: FieldSet): FieldSet {
    if (other.isEmpty()) return this;
    if (this.isEmpty()) return other;
    const result = new FieldSet();
    result.#member = this.#member || other.#member;
    for (const [element, child] of this.#children) {
      const theirs = other.#children.get(element);
      result.#children.set(element, theirs === undefined ? child : child.union(theirs));
    }
    for (const [element, theirs] of other.#children)
      if (!this.#children.has(element)) result.#children.set(element, theirs);
    return result;
  }

  intersection(other: FieldSet): FieldSet {
    const result = new FieldSet();
    result.#member = this.#member && other.#member;
    for (const [element, child] of this.#children) {
      const theirs = other.#children.get(element);
      if (theirs !== undefined) result.#put(element, child.intersection(theirs));
    }
    return result;
  }

  difference(other: FieldSet): FieldSet {
    if (this.isEmpty() || other.isEmpty()) return this;
    const result = new FieldSet();
    result.#member = this.#member && !other.#member;
    for (const [element, child] of this.#children) {
      const theirs = other.#children.get(element);
      result.#put(element, theirs === undefined ? child : child.difference(theirs));
    }
    return result;
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
    for (const [element, child] of this.#sorted()) yield* child.paths([...prefix, element]);
  }

  #put(element: PathElement, child: FieldSet): void {
    if (!child.isEmpty()) this.#children.set(element, child);
  }

  /** In the order of FieldsV1. */
  #sorted(): (readonly [PathElement, FieldSet])[] {
    const children = [...this.#children];
    return children.length < 2 ? children : children.toSorted(([a], [b]) => (a < b ? -1 : 1));
  }
}
