/** Python. Classes are identity; numbers of notebook cells and of generated code are not. */
import { defineLanguage } from './language.ts'

export const python = defineLanguage({
  name: 'python',
  hasSourceLines: true,
  functions: [
    [/\.?<locals>\.?/g, '.'],
    [/^\.|\.$/g, ''],
    [/^<cell line: \d{1,9}>$/, '<module>'],
    // Templates of Jinja and Mako.
    [/^(?:top-level template code|root|template)$/, '<template>'],
    [/^(__\w{1,80}?)_\d{3,20}$/, '$1'],
    [/^(_?lambda(?:ify)?generated?|_lambdifygenerated)[_-]?\d{0,9}$/i, '$1']
  ],
  modules: [
    [/^(?:__main__|__mp_main__)$/, '__main__'],
    [/^(memory):0x[0-9a-f]{1,16}$/i, '$1']
  ],
  files: [
    [/^.{0,400}ipykernel_\d{1,12}[/\\]\d{1,20}\.py$/, '<ipython-input>'],
    [/^<(?:ipython-input|stdin|input|cell)[^>]{0,200}>$/, '<ipython-input>'],
    [/^<attrs generated[^>]{0,300}>$/, '<attrs generated>'],
    // `<decorator-gen-12>`, `<doctest shop[3]>`, `<lambdifygenerated-5>`, `<string>`.
    [/[-_ [:]{0,3}(?:0x)?\d[0-9a-f]{0,40}(?![0-9a-f])\]?(?=[^>]{0,200}>$)/gi, ''],
    [/^.{0,400}__jinja2_[0-9a-f]{40}\.cache$/, '<template>']
  ],
  machinery: /^(?:sentry_sdk\.|raven\.)/
})
