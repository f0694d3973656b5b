/** Go. The receiver is identity; function literals, wrappers, loop bodies and type arguments are numbered or spelled by
 * the compiler.
 */
import { defineLanguage } from './language.ts'
import { withoutEnclosed } from './enclosed.ts'

/** The runtime, SDKs of Sentry, and what reads a stack or calls by reflection. */
const machinery = [
  'runtime(?:\\.|\\/)',
  'runtime$',
  'internal\\/runtime',
  'github\\.com\\/getsentry\\/(?:sentry-go|raven-go)',
  'reflect\\.Value\\.[cC]all',
  'debug\\.(?:Stack|PrintStack)',
  'runtime\\/debug'
].join('|')

export const go = defineLanguage({
  name: 'go',
  functions: [
    [/^_cgoexp_[0-9a-f]{6,16}_/, '_cgoexp_'],
    [/^_cgo_[0-9a-f]{6,16}_/, '_cgo_']
  ],
  reduce: name => withoutEnclosed(name, '[', ']'),
  functionsAfter: [
    [
      /(?:\.func\d{1,6}(?:\.\d{1,6}){0,8}|\.(?:gowrap|deferwrap)\d{0,6}|-range\d{1,6}|-fm|\.abi0|\.abiinternal|·f)+$/,
      ''
    ],
    [/\.func\d{1,6}(?=\.|-)/g, ''],
    [/^((?:.{1,400}\.)?init)\.\d{1,4}$/, '$1'],
    [/^((?:.{0,400}\.)?glob)\.{1,2}$/, '$1'],
    [/\.+$/, '']
  ],
  modules: [
    [/^.{0,300}\/vendor\//, ''],
    [/%2e/gi, '.']
  ],
  machinery: new RegExp(`^(?:${machinery})`)
})
