import type { Strategy } from '#src/apiserver/generic/strategy.ts';
import {
  type FieldError,
  GoLiteral,
  invalid,
  required,
  unsupported,
} from '#src/meta/field-error.ts';
import { equalJson } from '#src/meta/json.ts';
import { dns1123SubdomainName, pathSegmentName } from '#src/meta/names.ts';
import { type Binding, rbacGroup, type RoleRef, type Subject } from '#src/meta/rbac/types.ts';

/** The rules of rbac/v1 RoleBindings. */
export const roleBindingStrategy: Strategy<Binding> = bindingStrategy(true);

/** The rules of rbac/v1 ClusterRoleBindings. */
export const clusterRoleBindingStrategy: Strategy<Binding> = bindingStrategy(false);

function bindingStrategy(namespaced: boolean): Strategy<Binding> {
  return {
    namespaced,
    allowUnconditionalUpdate: true,
    allowCreateOnUpdate: true,
    prepareForCreate: defaultedBinding,
    validateCreate: (binding) => bindingErrors(binding, namespaced),
    prepareForUpdate: defaultedBinding,
    validateUpdate: (next, current) => [
      ...bindingErrors(next, namespaced),
      ...(equalJson(next.roleRef, current.roleRef)
        ? []
        : [invalid('roleRef', goRoleRef(next.roleRef ?? {}), 'cannot change roleRef')]),
    ],
  };
}

/** The group of roles, and of users and groups, need not be said. */
export function defaultedBinding(binding: Binding): Binding {
  const { roleRef = {}, subjects } = binding;
  return {
    ...binding,
    roleRef: { ...roleRef, apiGroup: roleRef.apiGroup || rbacGroup },
    ...(subjects === undefined ? {} : { subjects: subjects.map(defaultedSubject) }),
  };
}

function defaultedSubject(subject: Subject): Subject {
  const isRbac = subject.kind === 'User' || subject.kind === 'Group';
  return isRbac ? { ...subject, apiGroup: subject.apiGroup || rbacGroup } : subject;
}

function bindingErrors(
  { roleRef = {}, subjects = [] }: Binding,
  namespaced: boolean,
): FieldError[] {
  return [
    ...roleRefErrors(roleRef, namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']),
    ...subjects.flatMap((subject, index) =>
      subjectErrors(subject, `subjects[${index}]`, namespaced),
    ),
  ];
}

function roleRefErrors(
  { apiGroup = '', kind = '', name = '' }: RoleRef,
  kinds: readonly string[],
): FieldError[] {
  return [
    ...(apiGroup === rbacGroup ? [] : [unsupported('roleRef.apiGroup', apiGroup, [rbacGroup])]),
    ...(kinds.includes(kind) ? [] : [unsupported('roleRef.kind', kind, kinds)]),
    ...(name === ''
      ? [required('roleRef.name')]
      : pathSegmentName(name).map((error) => invalid('roleRef.name', name, error))),
  ];
}

function subjectErrors(subject: Subject, path: string, namespaced: boolean): FieldError[] {
  const { kind = '', name = '', apiGroup = '' } = subject;
  const errors = name === '' ? [required(`${path}.name`)] : [];
  switch (kind) {
    case 'ServiceAccount':
      return [...errors, ...accountErrors(subject, path, namespaced)];
    case 'User':
    case 'Group':
      if (apiGroup !== rbacGroup)
        errors.push(unsupported(`${path}.apiGroup`, apiGroup, [rbacGroup]));
      return errors;
    default:
      return [...errors, unsupported(`${path}.kind`, kind, ['ServiceAccount', 'User', 'Group'])];
  }
}

function accountErrors(
  { name = '', apiGroup = '', namespace = '' }: Subject,
  path: string,
  namespaced: boolean,
): FieldError[] {
  const problems = name === '' ? [] : dns1123SubdomainName(name);
  return [
    ...problems.map((error) => invalid(`${path}.name`, name, error)),
    ...(apiGroup === '' ? [] : [unsupported(`${path}.apiGroup`, apiGroup, [''])]),
    ...(namespaced || namespace !== '' ? [] : [required(`${path}.namespace`)]),
  ];
}

function goRoleRef({ apiGroup = '', kind = '', name = '' }: RoleRef): GoLiteral {
  const [group, ...rest] = [apiGroup, kind, name].map((text) => JSON.stringify(text));
  return new GoLiteral(`rbac.RoleRef{APIGroup:${group}, Kind:${rest[0]}, Name:${rest[1]}}`);
}
