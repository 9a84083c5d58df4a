import { required, type FieldError } from '#src/meta/field-error.ts';
import { validateObjectMeta } from '#src/meta/object-meta.ts';
import type { ImageStreamMapping } from '../types.ts';
import { validateImage } from './image.ts';

/** The fields of a mapping, after defaulting. */
export function validateImageStreamMapping(mapping: ImageStreamMapping): FieldError[] {
  const isNamed = (mapping.metadata.name ?? '') !== '';
  return [
    ...validateObjectMeta(mapping.metadata, true),
    ...(isNamed ? [] : [required('name'), required('dockerImageRepository')]),
    ...(mapping.tag === '' ? [required('tag')] : []),
    ...validateImage(mapping.image, 'image'),
  ];
}
