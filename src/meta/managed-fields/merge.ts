import { isJsonObject, type JsonObject, type JsonValue, ownField } from '../json.ts';
import { fieldSchema, type Schema } from '../schema.ts';
import { FieldPathError, itemElement, type PathElement, pathText } from './path-element.ts';
import { sharedShape } from './shape.ts';

/**
 * An object with everything that a configuration says laid over it.
 * @throws {FieldPathError} when an item of a list lacks its key, or the configuration names one twice
 */
export function mergeConfiguration(
  live: JsonObject,
  configuration: JsonObject,
  schema: Schema | undefined,
): JsonObject {
  const merged = merge(live, configuration, schema);
  return isJsonObject(merged) ? merged : {};
}

function merge(
  live: JsonValue | undefined,
  wanted: JsonValue | undefined,
  schema: Schema | undefined,
): JsonValue | undefined {
  const shape = sharedShape(schema, live, wanted);
  if (shape === 'map')
    return mergeMaps(isJsonObject(live) ? live : {}, isJsonObject(wanted) ? wanted : {}, schema);
  if (shape === 'list' && schema !== undefined)
    return new ListMerge(
      Array.isArray(live) ? live : [],
      Array.isArray(wanted) ? wanted : [],
      schema,
    ).merged();
  return wanted === undefined ? live : wanted;
}

function mergeMaps(live: JsonObject, wanted: JsonObject, schema: Schema | undefined): JsonObject {
  const names = new Set([...Object.keys(live), ...Object.keys(wanted)]);
  const fields = [...names].flatMap((name): [string, JsonValue][] => {
    const value = merge(ownField(live, name), ownField(wanted, name), fieldSchema(schema, name));
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(fields);
}

/** What is left to merge; the arrays are used up from the front. */
interface Turn {
  readonly live: (readonly [PathElement, JsonValue])[];
  readonly wanted: PathElement[];
  /** What both have and is not out yet, in the order that is wanted. */
  readonly shared: PathElement[];
  readonly done: Set<PathElement>;
}

/**
 * Merges two lists whose items are told apart. Items that both have come in the order that is wanted; what only the
 * live list has stays where it stands between them.
 */
class ListMerge {
  readonly #live: readonly (readonly [PathElement, JsonValue])[];
  readonly #wanted: readonly (readonly [PathElement, JsonValue])[];
  readonly #liveItems: ReadonlyMap<PathElement, JsonValue>;
  readonly #wantedItems: ReadonlyMap<PathElement, JsonValue>;
  readonly #schema: Schema;

  constructor(live: readonly JsonValue[], wanted: readonly JsonValue[], schema: Schema) {
    this.#schema = schema;
    this.#live = live.map((item) => [itemElement(item, schema), item]);
    this.#wanted = wanted.map((item) => [itemElement(item, schema), item]);
    this.#liveItems = new Map(this.#live);
    this.#wantedItems = new Map(this.#wanted);
    if (this.#wantedItems.size < wanted.length) throw this.#duplicate();
  }

  merged(): JsonValue[] {
    const out: JsonValue[] = [];
    const turn: Turn = {
      live: [...this.#live],
      wanted: this.#wanted.map(([element]) => element),
      shared: this.#wanted.map(([element]) => element).filter((each) => this.#liveItems.has(each)),
      done: new Set(),
    };
    while (turn.live.length > 0 || turn.wanted.length > 0) {
      const [mine] = turn.live;
      if (mine !== undefined && this.#isPassedOver(mine[0], turn)) turn.live.shift();
      else if (mine !== undefined && !this.#wantedItems.has(mine[0])) {
        out.push(mine[1]);
        turn.live.shift();
      } else out.push(...this.#takeWanted(turn));
    }
    return out;
  }

  #takeWanted({ live, wanted, shared, done }: Turn): JsonValue[] {
    const element = wanted.shift();
    if (element === undefined) {
      live.shift();
      return [];
    }
    done.add(element);
    if (live[0]?.[0] === element) live.shift();
    if (shared[0] === element) shared.shift();
    return [this.#item(element)];
  }

  /** An item of the live list that is out already, or that the wanted order puts somewhere else. */
  #isPassedOver(mine: PathElement, { wanted, shared, done }: Turn): boolean {
    if (!this.#wantedItems.has(mine) || mine === wanted[0]) return false;
    const [next] = shared;
    return done.has(mine) || (wanted.length > 0 && next !== undefined && next !== mine);
  }

  #item(element: PathElement): JsonValue {
    const value = merge(
      this.#liveItems.get(element),
      this.#wantedItems.get(element),
      this.#schema.items,
    );
    return value ?? null;
  }

  #duplicate(): FieldPathError {
    const elements = this.#wanted.map(([element]) => element);
    const twice = elements.find((element, index) => elements.indexOf(element) < index) ?? '';
    return new FieldPathError(`duplicate entries for key ${pathText([twice])}`);
  }
}
