import vue from 'eslint-plugin-vue'
import vueAccessibility from 'eslint-plugin-vuejs-accessibility'
import prettier from 'eslint-config-prettier'
import neostandard, { plugins } from 'neostandard'

/** Attributes that people read, of elements and of components. */
const textAttributes = [
  'title',
  'label',
  'about',
  'hint',
  'what',
  'confirm',
  'placeholder',
  'alt',
  'aria-label',
  'data-tip',
  'word',
  'all'
]

export default [
  { ignores: ['dist/', 'data/', '.tap/', 'node_modules/'] },
  ...neostandard({ ts: true, noStyle: true }),
  ...[...vue.configs['flat/recommended'], ...vueAccessibility.configs['flat/recommended']].map(config => ({
    files: ['web/**'],
    ...config
  })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { '@typescript-eslint': plugins['typescript-eslint'].plugin },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { arguments: false, properties: false } }
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'max-lines': ['error', { max: 350, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: 100, skipBlankLines: true, skipComments: true }],
      'no-empty': ['error', { allowEmptyCatch: false }]
    }
  },
  {
    files: ['web/**/*.vue'],
    languageOptions: { parserOptions: { parser: plugins['typescript-eslint'].parser, extraFileExtensions: ['.vue'] } },
    plugins: { '@typescript-eslint': plugins['typescript-eslint'].plugin },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': 'error',
      // The compiler knows these; TypeScript knows what is undefined.
      'no-undef': 'off',
      'no-unused-vars': 'off',
      'max-lines': ['error', { max: 350, skipBlankLines: true }],
      // A component is called what it is: `Button`, not `UiButton`.
      'vue/multi-word-component-names': 'off',
      'vue/no-reserved-component-names': 'off',
      'vue/require-default-prop': 'off',
      'vue/attributes-order': 'off',
      'vue/no-v-html': 'error',
      // Of the two ways to tie a label to a control one is enough; ours is `for`, in ui/fields/FormField.vue.
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
      'vuejs-accessibility/form-control-has-label': 'off',
      'vuejs-accessibility/no-autofocus': 'off'
    }
  },
  {
    // Texts stand in the texts.ts of a feature or of the frame: none is left in a template.
    files: ['web/src/app/**/*.vue', 'web/src/features/**/*.vue'],
    rules: {
      'vue/no-bare-strings-in-template': [
        'error',
        {
          allowlist: ['Mesher', '·', '×', '%', '≈', '–', '—', ',', '(', ')', '→'],
          attributes: { '/.+/': textAttributes }
        }
      ]
    }
  },
  {
    files: ['web/**'],
    // A promise that nobody waits for is marked with it.
    rules: { 'no-void': ['error', { allowAsStatement: true }] }
  },
  // Prettier decides how code is laid out, and breaks lines where it may; texts and templates it leaves as they are.
  prettier,
  {
    rules: {
      'max-len': ['error', { code: 120, ignoreUrls: true }],
      curly: ['error', 'multi-line']
    }
  },
  {
    // Small functions that the rules of one file say more about than a number.
    files: ['web/src/**/*.test.ts'],
    rules: { 'max-lines': 'off', 'max-lines-per-function': 'off' }
  },
  {
    files: ['bin/**/*.ts', 'supervisors/**/*.ts', 'api/**/*.ts', 'actors/**/*.ts', 'services/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'TaggedTemplateExpression[typeArguments]',
          message: 'A type that is only stated is a cast: rows get theirs from a schema, sql.rows(schema)`select ...`.'
        }
      ]
    }
  },
  {
    files: ['tests/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // A test file is a list of cases inside few functions; tap's own promises need no awaiting.
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-floating-promises': 'off'
    }
  }
]
