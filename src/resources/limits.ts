import { imageLimits, type ImageLimits, type LimitRange } from '#src/domain/limits.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { Objects } from '#src/store/objects.ts';

/** What the LimitRanges of a namespace allow its image streams. */
export async function namespaceLimits(objects: Objects, namespace: string): Promise<ImageLimits> {
  const { items } = await objects.list<KubeObject & LimitRange>({
    resource: 'limitranges',
    namespace,
  });
  return imageLimits(items);
}
