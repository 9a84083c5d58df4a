import { isJsonObject } from '#src/meta/json.ts';
import { followedTag, type FollowedTag, type ImageTrigger } from './trigger-annotation.ts';

/** Where a workload keeps its pod spec, by kind. */
export const podSpecPaths: ReadonlyMap<string, string> = new Map([
  ['Deployment', 'spec.template.spec'],
  ['DaemonSet', 'spec.template.spec'],
  ['StatefulSet', 'spec.template.spec'],
  ['ReplicaSet', 'spec.template.spec'],
  ['ReplicationController', 'spec.template.spec'],
  ['DeploymentConfig', 'spec.template.spec'],
  ['Job', 'spec.template.spec'],
  ['CronJob', 'spec.jobTemplate.spec.template.spec'],
  ['Pod', 'spec'],
  ['PodTemplate', 'template.spec'],
]);

/** What a workload needs changed: the containers by the path of their image, or why its triggers cannot be followed. */
export type Reaction = { readonly changes: readonly ImageChange[] } | { readonly error: string };

export interface ImageChange {
  /** Steps from the object to the image: `['spec', 'template', 'spec', 'containers', 0, 'image']`. */
  readonly path: readonly (string | number)[];
  readonly from: string;
  readonly to: string;
}

interface Selector {
  readonly list: 'containers' | 'initContainers';
  readonly name?: string;
  readonly index?: number;
}

const fieldShape = /^(containers|initContainers)\[([^\]]*)\]\.(.*)$/;
const nameSelector = /^\?\(@\.name=="([^"]*)"\)$/;
const indexSelector = /^\d+$/;

/**
 * Compares the images that a workload has with what its triggers say now. Paused triggers, tags that `resolve` does not
 * know and paths outside the pod spec are passed over; a path that cannot be followed fails the whole reaction. What is
 * equal already is no change, so a reaction to its own update changes nothing (library-go image/referencemutator).
 */
export function reactToTriggers(
  workload: Readonly<Record<string, unknown>>,
  triggers: readonly ImageTrigger[],
  options: {
    readonly namespace: string;
    readonly podSpecPath: string;
    readonly resolve: (tag: FollowedTag) => string | undefined;
  },
): Reaction {
  const changes: ImageChange[] = [];
  for (const trigger of triggers) {
    const reaction = reactTo(workload, trigger, options);
    if (reaction === undefined) continue;
    if (typeof reaction === 'string') return { error: reaction };
    changes.push(reaction);
  }
  return { changes };
}

/** The workload with the changes made; the original is left as it is. */
export function withImageChanges<T extends object>(
  workload: T,
  changes: readonly ImageChange[],
): T {
  return changes.reduce((result, { path, to }) => withValue(result, path, to) as T, workload);
}

function reactTo(
  workload: Readonly<Record<string, unknown>>,
  trigger: ImageTrigger,
  options: Parameters<typeof reactToTriggers>[2],
): ImageChange | string | undefined {
  const { fieldPath } = trigger;
  const prefix = `${options.podSpecPath}.`;
  if (trigger.paused || !fieldPath.startsWith(prefix)) return undefined;
  const tag = followedTag(options.namespace, trigger);
  const to = tag === undefined ? undefined : options.resolve(tag);
  if (to === undefined) return undefined;
  const selector = selectorOf(fieldPath.slice(prefix.length));
  if (selector === undefined) return `field path is not valid: ${fieldPath}`;
  const place = findContainer(valueAt(workload, options.podSpecPath.split('.')), selector);
  if (place === undefined) return `no such container: ${fieldPath}`;
  if (place.image === to) return undefined;
  const path = [...options.podSpecPath.split('.'), place.list, place.index, 'image'];
  return { path, from: place.image, to };
}

function selectorOf(text: string): Selector | undefined {
  const match = fieldShape.exec(text);
  if (match === null || match[3] !== 'image') return undefined;
  const list = match[1] === 'initContainers' ? 'initContainers' : 'containers';
  const selector = match[2] ?? '';
  if (indexSelector.test(selector)) return { list, index: Number(selector) };
  const name = nameSelector.exec(selector)?.[1];
  return name === undefined ? undefined : { list, name };
}

/** A name is looked for among init containers first, whichever list the path names. */
function findContainer(
  podSpec: unknown,
  selector: Selector,
): { list: string; index: number; image: string } | undefined {
  const lists =
    selector.name === undefined ? [selector.list] : (['initContainers', 'containers'] as const);
  for (const list of lists) {
    const containers = isJsonObject(podSpec) ? podSpec[list] : undefined;
    if (!Array.isArray(containers)) continue;
    const index =
      selector.index ??
      containers.findIndex((each) => isJsonObject(each) && each['name'] === selector.name);
    const container: unknown = containers[index];
    if (!isJsonObject(container)) continue;
    const { image } = container;
    return { list, index, image: typeof image === 'string' ? image : '' };
  }
  return undefined;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (part, step) => (isJsonObject(part) && Object.hasOwn(part, step) ? part[step] : undefined),
    value,
  );
}

function withValue(value: unknown, path: readonly (string | number)[], next: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return next;
  if (Array.isArray(value))
    return value.map((item: unknown, index) =>
      index === step ? withValue(item, rest, next) : item,
    );
  const object = isJsonObject(value) ? value : {};
  return { ...object, [step]: withValue(object[step], rest, next) };
}
