/**
 * JavaScript in browsers, Node and everything like it. Engines call one function by different names (`Cart.pay`,
 * `Object.pay`, `pay`), so only what comes after the last dot is identity.
 */
import { defineLanguage } from './language.ts'

export const javascript = defineLanguage({
  name: 'javascript',
  hasSourceLines: true,
  functions: [
    [/^(?:[\w ]{1,40}\*){1,8}/, ''],
    [/ \[as [^\]]{1,200}\]$/, ''],
    [/ \(index \d{1,9}\)$/, ''],
    [/^(?:(?:async|new|bound|get|set|static) )+/, '']
  ],
  reduce: lastPart,
  functionsAfter: [
    [/^(?:(?:get|set) )/, ''],
    // Babel's and TypeScript's state machines, and the functions that they make of loops.
    [/^_callee\d{0,5}(?:\$\d{0,5})?$/, ''],
    [/^(_loop)[_$]?\d{0,5}$/, '$1'],
    [/^__WEBPACK_DEFAULT_EXPORT__$/, 'default']
  ],
  nameless: [
    '<global>',
    '<computed>',
    '<anonymous function>',
    '<instance_members_initializer>',
    '<static_initializer>',
    'Anonymous function',
    'anonymous function',
    'Global code',
    'global code',
    'module code',
    '{anonymous}',
    'native'
  ],
  wrappers: ['eval', 'eval code', 'Eval code'],
  machinery: /^(?:@sentry\/|sentry[:.]|@sentry-internal\/)/,
  files: [[/^blob:.{0,600}$/, '']]
})

/** Firefox: `load/<` is a function without a name inside `load`; `load/step<` is one that got the name `step`. */
function lastPart(name: string): string {
  const inner = name.slice(name.lastIndexOf('/') + 1).replace(/<{1,8}$/, '')
  return inner.slice(inner.lastIndexOf('.') + 1)
}
