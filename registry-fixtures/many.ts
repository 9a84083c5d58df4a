/** Many small, distinct images, for benchmarks and scale tests. */
import { makeImage, type Manifest, type Placement } from './make.ts';

/** A single-platform image that differs from every other by its config and its last layer. */
export function distinctImage(seed: string): Manifest {
  return makeImage({
    format: 'oci',
    layers: [{ 'etc/base': 'base' }, { 'app/seed': seed }],
    config: {
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin', `SEED=${seed}`],
      Entrypoint: ['/app/run'],
      Labels: { 'org.opencontainers.image.version': seed },
    },
  });
}

/** `repositories` × `tagsEach` distinct images: `PREFIX/r000:t0`, `PREFIX/r000:t1` … */
export function distinctPlacements(
  repositories: number,
  tagsEach: number,
  prefix = 'many',
): Placement[] {
  return Array.from({ length: repositories * tagsEach }, (_, index) => {
    const repository = `${prefix}/r${String(Math.floor(index / tagsEach)).padStart(3, '0')}`;
    const tag = `t${index % tagsEach}`;
    return { repository, tags: [tag], manifest: distinctImage(`${repository}:${tag}`) };
  });
}
