import { required, type FieldError } from '#src/meta/field-error.ts';
import type { ImageStreamMapping } from '../types.ts';
import { validateImage } from './image.ts';
import { validateObjectName } from './names.ts';

/** The fields of a mapping, after defaulting. */
export function validateImageStreamMapping(mapping: ImageStreamMapping): FieldError[] {
  const isNamed = (mapping.metadata.name ?? '') !== '';
  return [
    ...validateObjectName(mapping.metadata),
    ...(isNamed ? [] : [required('name'), required('dockerImageRepository')]),
    ...(mapping.tag === '' ? [required('tag')] : []),
    ...validateImage(mapping.image, 'image'),
  ];
}
