import { defineConfig, type OxlintOverride } from 'oxlint';

/**
 * What each part of `src/` may import besides itself: the one statement of the architecture's arrows.
 * Data flows one way: oci → importer → domain → store → controllers → triggers.
 * `workers/` puts the parts together and may import them all.
 */
const mayImport = {
  lib: [],
  meta: [],
  domain: ['meta'],
  oci: ['lib'],
  credentials: ['oci', 'lib'],
  importer: ['oci', 'credentials', 'domain', 'meta', 'lib'],
  store: ['meta', 'lib'],
  queue: ['domain', 'meta', 'lib'],
  controllers: ['store', 'queue', 'domain', 'meta', 'lib'],
  triggers: ['store', 'queue', 'domain', 'meta', 'lib'],
  apiserver: ['store', 'meta', 'lib'],
  resources: ['apiserver', 'queue', 'store', 'domain', 'meta', 'lib'],
  registry: ['oci', 'credentials', 'store', 'domain', 'meta', 'lib'],
  cli: ['domain', 'meta', 'lib'],
} as const satisfies Record<string, readonly string[]>;

type Part = keyof typeof mayImport;
const parts = Object.keys(mayImport) as Part[];
const pure = new Set<Part>(['domain', 'meta']);

/** Packages that only one part may import, so that each of them can be replaced in one place. */
const ownedPackages: Readonly<Record<string, Part>> = {
  undici: 'oci',
  'p-queue': 'oci',
  pg: 'store',
  bullmq: 'queue',
  ioredis: 'queue',
  fastify: 'apiserver',
  commander: 'cli',
};

function boundary(part: Part): OxlintOverride {
  const open: readonly string[] = mayImport[part];
  const closed = parts.filter((other) => other !== part && !open.includes(other)).join('|');
  const outside = {
    regex: `^#src/(${closed})/|^#(test|workers|fixtures)/|^(\\.\\./)+(${parts.join('|')}|test|workers)/`,
    message: `src/${part} may import, as #src/…: ${open.join(', ') || 'nothing'}.`,
  };
  const packages = { regex: '^[a-z@]', message: `src/${part} does no I/O and needs no package.` };
  const owned = Object.entries(ownedPackages)
    .filter(([, owner]) => owner !== part)
    .map(([name, owner]) => ({
      regex: `^${name}(/|$)`,
      message: `Only src/${owner} imports ${name}.`,
    }));
  const rules: OxlintOverride['rules'] = pure.has(part)
    ? {
        'no-restricted-imports': ['error', { patterns: [outside, packages] }],
        'no-restricted-globals': [
          'error',
          { name: 'Date', message: `src/${part} is told the time.` },
        ],
      }
    : { 'no-restricted-imports': ['error', { patterns: [outside, ...owned] }] };
  return { files: [`src/${part}/**`], rules };
}

export default defineConfig({
  plugins: ['typescript', 'import', 'node', 'unicorn', 'promise', 'oxc', 'jsdoc', 'vitest'],
  options: { typeAware: true, reportUnusedDisableDirectives: 'error' },
  env: { node: true, es2024: true },
  ignorePatterns: ['node_modules/**', 'dist/**', 'coverage/**', 'registry-fixtures/images/**'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  rules: {
    eqeqeq: 'error',
    'no-console': 'error',
    'no-param-reassign': 'error',
    // Retries, pages and queues wait for one step before the next on purpose.
    'no-await-in-loop': 'off',
    'oxc/no-map-spread': 'off',
    'jsdoc/require-yields': 'off',
    complexity: ['error', { max: 12 }],
    'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    'max-params': ['error', { max: 4 }],
    'func-style': ['error', 'declaration', { allowArrowFunctions: true }],
    'import/extensions': ['error', 'always', { ignorePackages: true }],
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'import/no-named-as-default-member': 'off',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    'unicorn/prefer-node-protocol': 'error',
    'typescript/consistent-type-definitions': ['error', 'interface'],
    'typescript/consistent-type-imports': 'error',
    'typescript/explicit-module-boundary-types': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/only-throw-error': 'error',
    'typescript/prefer-promise-reject-errors': 'error',
    'typescript/return-await': ['error', 'error-handling-correctness-only'],
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/use-unknown-in-catch-callback-variable': 'error',
    'jsdoc/check-tag-names': ['error', { typed: true }],
    'jsdoc/empty-tags': 'error',
    'jsdoc/require-throws-description': 'error',
  },
  overrides: [
    ...parts.map(boundary),
    { files: ['**/*.config.ts'], rules: { 'import/no-default-export': 'off' } },
    { files: ['src/cli/**', 'bench/**'], rules: { 'no-console': 'off' } },
    {
      files: ['test/**'],
      rules: { 'max-lines': 'off', 'typescript/no-non-null-assertion': 'off' },
    },
  ],
});
