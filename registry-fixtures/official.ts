/** Docker's official images as they were tagged in June 2024: real repositories, tags and platforms, no content. */
import { readFileSync } from 'node:fs';

/** One image with all of its tags. */
export interface OfficialImage {
  /** `library/redis` */
  readonly repository: string;
  readonly tags: readonly string[];
  /** `linux/arm64/v8` */
  readonly platforms: readonly string[];
}

interface Fixture {
  /** Lists of platforms that images have, divided by spaces. */
  readonly platforms: readonly string[];
  /** Images by repository: the place of their platforms, then their tags. */
  readonly repositories: Readonly<Record<string, readonly (readonly [number, ...string[]])[]>>;
}

/** All 904 of them. */
export function officialImages(): OfficialImage[] {
  const text = readFileSync(new URL('official-images.json', import.meta.url), 'utf8');
  const { platforms, repositories } = JSON.parse(text) as Fixture;
  return Object.entries(repositories).flatMap(([repository, images]) =>
    images.map(([place, ...tags]) => ({
      repository,
      tags,
      platforms: (platforms[place] ?? '').split(' '),
    })),
  );
}
