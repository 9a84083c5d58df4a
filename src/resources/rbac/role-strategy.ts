import type { Strategy } from '#src/apiserver/generic/strategy.ts';
import { type FieldError, GoLiteral, invalid, required } from '#src/meta/field-error.ts';
import { labelValueErrors, qualifiedNameErrors } from '#src/meta/names.ts';
import type { ClusterRole, LabelSelectorObject, PolicyRule, Role } from '#src/meta/rbac/types.ts';

/** The rules of rbac/v1 Roles. */
export const roleStrategy: Strategy<Role> = {
  namespaced: true,
  allowUnconditionalUpdate: true,
  allowCreateOnUpdate: true,
  prepareForCreate: (role) => role,
  validateCreate: ({ rules }) => ruleErrors(rules ?? [], true),
  prepareForUpdate: (next) => next,
  validateUpdate: ({ rules }) => ruleErrors(rules ?? [], true),
};

/** The rules of rbac/v1 ClusterRoles. */
export const clusterRoleStrategy: Strategy<ClusterRole> = {
  ...roleStrategy,
  namespaced: false,
  validateCreate: clusterRoleErrors,
  validateUpdate: clusterRoleErrors,
};

function clusterRoleErrors({ rules, aggregationRule }: ClusterRole): FieldError[] {
  return [
    ...ruleErrors(rules ?? [], false),
    ...(aggregationRule === undefined
      ? []
      : aggregationErrors(aggregationRule.clusterRoleSelectors ?? [])),
  ];
}

function ruleErrors(rules: readonly PolicyRule[], namespaced: boolean): FieldError[] {
  return rules.flatMap((rule, index) => errorsOfRule(rule, `rules[${index}]`, namespaced));
}

function errorsOfRule(rule: PolicyRule, path: string, namespaced: boolean): FieldError[] {
  const { verbs = [], apiGroups = [], resources = [], nonResourceURLs = [] } = rule;
  const errors: FieldError[] = [];
  if (verbs.length === 0)
    errors.push(required(`${path}.verbs`, 'verbs must contain at least one value'));
  if (nonResourceURLs.length > 0)
    return [...errors, ...urlErrors(rule, `${path}.nonResourceURLs`, namespaced)];
  if (apiGroups.length === 0)
    errors.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
  if (resources.length === 0)
    errors.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
  return errors;
}

function urlErrors(
  { nonResourceURLs = [], apiGroups = [], resources = [], resourceNames = [] }: PolicyRule,
  field: string,
  namespaced: boolean,
): FieldError[] {
  const urls = goStrings(nonResourceURLs);
  const mixed = apiGroups.length + resources.length + resourceNames.length > 0;
  return [
    ...(namespaced
      ? [invalid(field, urls, 'namespaced rules cannot apply to non-resource URLs')]
      : []),
    ...(mixed
      ? [invalid(field, urls, 'rules cannot apply to both regular resources and non-resource URLs')]
      : []),
  ];
}

const selectorsPath = 'aggregationRule.clusterRoleSelectors';

function aggregationErrors(selectors: readonly LabelSelectorObject[]): FieldError[] {
  if (selectors.length === 0)
    return [
      required(
        selectorsPath,
        'at least one clusterRoleSelector required if aggregationRule is non-nil',
      ),
    ];
  return selectors.flatMap((selector, index) =>
    selectorErrors(selector, `${selectorsPath}[${index}]`),
  );
}

const withValues: ReadonlySet<string> = new Set(['In', 'NotIn']);
const withoutValues: ReadonlySet<string> = new Set(['Exists', 'DoesNotExist']);

function selectorErrors(selector: LabelSelectorObject, path: string): FieldError[] {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const errors = Object.entries(matchLabels).flatMap(([key, value]) => [
    ...keyErrors(`${path}.matchLabels`, key),
    ...labelValueErrors(value).map((error) => invalid(`${path}.matchLabels`, value, error)),
  ]);
  for (const [index, { key = '', operator = '', values = [] }] of matchExpressions.entries()) {
    const place = `${path}.matchExpressions[${index}]`;
    errors.push(...keyErrors(`${place}.key`, key));
    if (withValues.has(operator)) {
      if (values.length === 0)
        errors.push(
          required(`${place}.values`, "must be specified when `operator` is 'In' or 'NotIn'"),
        );
    } else if (!withoutValues.has(operator))
      errors.push(invalid(`${place}.operator`, operator, 'not a valid selector operator'));
    else if (values.length > 0)
      errors.push({
        type: 'FieldValueForbidden',
        field: `${place}.values`,
        detail: "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      });
  }
  return errors;
}

function keyErrors(field: string, key: string): FieldError[] {
  return qualifiedNameErrors(key).map((error) => invalid(field, key, error));
}

/** A list of texts as Go prints it with its type. */
function goStrings(values: readonly string[]): GoLiteral {
  return new GoLiteral(`[]string{${values.map((each) => JSON.stringify(each)).join(', ')}}`);
}
