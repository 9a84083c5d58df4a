/**
 * The rules for names, after k8s.io/apimachinery's validation. Every function answers what is wrong with the value, in
 * the words Kubernetes uses; nothing means that it is valid.
 */
const dns1123Label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const dns1123Subdomain = `${dns1123Label}(\\.${dns1123Label})*`;
const qualifiedName = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValue = `(${qualifiedName})?`;

const dns1123LabelPattern = new RegExp(`^${dns1123Label}$`);
const dns1123SubdomainPattern = new RegExp(`^${dns1123Subdomain}$`);
const qualifiedNamePattern = new RegExp(`^${qualifiedName}$`);
const labelValuePattern = new RegExp(`^${labelValue}$`);

const qualifiedNameRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const qualifiedNameExamples = `(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualifiedName}')`;

export type NameCheck = (name: string) => readonly string[];

/** A name as one segment of a URL path: the least that every kind asks for. */
export function pathSegmentName(name: string): readonly string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%']
    .filter((mark) => name.includes(mark))
    .map((mark) => `may not contain '${mark}'`);
}

/** RFC 1123 label of at most 63 characters: the name of a namespace. */
export function dns1123LabelName(name: string): readonly string[] {
  return [
    ...tooLong(name, 63),
    ...(dns1123LabelPattern.test(name)
      ? []
      : [
          `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${dns1123Label}')`,
        ]),
  ];
}

/** RFC 1123 subdomain of at most 253 characters: the name of most kinds. */
export function dns1123SubdomainName(name: string): readonly string[] {
  return [
    ...tooLong(name, 253),
    ...(dns1123SubdomainPattern.test(name)
      ? []
      : [
          `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${dns1123Subdomain}')`,
        ]),
  ];
}

/** The key of a label or an annotation: an optional subdomain and `/`, then a name of at most 63 characters. */
export function qualifiedNameErrors(key: string): readonly string[] {
  const parts = key.split('/');
  if (parts.length > 2)
    return [
      `a qualified name ${qualifiedNameRule} ${qualifiedNameExamples} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const errors = prefix === undefined ? [] : prefixErrors(prefix);
  if (name === '') errors.push('name part must be non-empty');
  errors.push(...tooLong(name, 63).map((error) => `name part ${error}`));
  if (!qualifiedNamePattern.test(name))
    errors.push(`name part ${qualifiedNameRule} ${qualifiedNameExamples}`);
  return errors;
}

/** The value of a label: at most 63 characters, possibly empty. */
export function labelValueErrors(value: string): readonly string[] {
  return [
    ...tooLong(value, 63),
    ...(labelValuePattern.test(value)
      ? []
      : [
          `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${labelValue}')`,
        ]),
  ];
}

function prefixErrors(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  return dns1123SubdomainName(prefix).map((error) => `prefix part ${error}`);
}

function tooLong(value: string, max: number): string[] {
  return value.length > max ? [`must be no more than ${max} characters`] : [];
}
