import { forbiddenField, invalid, required, type FieldError } from '#src/meta/field-error.ts';
import { validateObjectMeta } from '#src/meta/object-meta.ts';
import type { AllowList } from '../allowed-registries.ts';
import { forbiddenRegistryText } from '../import-status.ts';
import { parseDockerImageReference, referenceOf } from '../reference.ts';
import type { ImageImportSpec, ImageStreamImport, RepositoryImportSpec } from '../types.ts';
import { validateStreamName } from './names.ts';
import { validateImportMode } from './tag-reference.ts';

/** The fields of an import. */
export function validateImageStreamImport(request: ImageStreamImport): FieldError[] {
  const { images = [], repository } = request.spec;
  const empty =
    images.length === 0 && repository === undefined
      ? [
          invalid(
            'spec.images',
            'null',
            'you must specify at least one image or a repository import',
          ),
        ]
      : [];
  return [
    ...images.flatMap((image, index) => validateImageImport(image, `spec.images[${index}]`)),
    ...(repository === undefined ? [] : validateRepositoryImport(repository)),
    ...empty,
    ...validateObjectMeta(request.metadata, true),
    ...validateStreamName(request.metadata),
  ];
}

/** The registries of an import, for callers who may not create images themselves. */
export function validateImportRegistries(
  request: ImageStreamImport,
  allowed: AllowList,
): FieldError[] {
  const { images = [], repository } = request.spec;
  return [
    ...images.flatMap((image, index) =>
      validateRegistry(image, `spec.images[${index}].from.name`, allowed),
    ),
    ...(repository === undefined
      ? []
      : validateRegistry(repository, 'spec.repository.from.name', allowed)),
  ];
}

function validateImageImport(image: ImageImportSpec, path: string): FieldError[] {
  const { from, to } = image;
  const mode = validateImportMode(image.importPolicy, path);
  if (from.kind !== 'DockerImage') return [...notAnImage(from.kind, path), ...mode];
  const target =
    to !== undefined && to.name === ''
      ? [invalid(`${path}.to.name`, '', 'the name of the target tag must be specified')]
      : [];
  const name = from.name ?? '';
  // `*` is what old clients send for "everything"; it is let through here and fails in the importer.
  if (name === '*') return target;
  const parsed = parseDockerImageReference(name);
  return [
    ...target,
    ...(name === '' ? [required(`${path}.from.name`)] : []),
    ...(name === '' || parsed.ok ? [] : [invalid(`${path}.from.name`, name, parsed.error)]),
    ...mode,
  ];
}

function validateRepositoryImport(repository: RepositoryImportSpec): FieldError[] {
  const path = 'spec.repository';
  const { kind, name = '' } = repository.from;
  return [
    ...(kind === 'DockerImage'
      ? validateRepositoryName(name, `${path}.from.name`)
      : notAnImage(kind, path)),
    ...validateImportMode(repository.importPolicy, path),
  ];
}

function validateRepositoryName(name: string, path: string): FieldError[] {
  if (name === '') return [required(path, 'container image references require a name')];
  const parsed = parseDockerImageReference(name);
  if (!parsed.ok) return [invalid(path, name, parsed.error)];
  return parsed.reference.tag === '' && parsed.reference.id === ''
    ? []
    : [invalid(path, name, 'you must specify an image repository, not a tag or ID')];
}

function notAnImage(kind: string | undefined, path: string): FieldError[] {
  return [invalid(`${path}.from.kind`, kind ?? '', 'only DockerImage is supported')];
}

function validateRegistry(
  { from, importPolicy }: ImageImportSpec | RepositoryImportSpec,
  path: string,
  allowed: AllowList,
): FieldError[] {
  const reference = referenceOf(from.name ?? '');
  if (reference === undefined) return [];
  const insecure = importPolicy.insecure === true;
  const refusal = allowed.refusal(reference, insecure);
  if (refusal === undefined) return [];
  return [forbiddenField(path, forbiddenRegistryText(reference, insecure, refusal))];
}
