/** Dart and Flutter. A closure belongs to the method around it, and that to its class. */
import { defineLanguage } from './language.ts'

export const dart = defineLanguage({
  name: 'dart',
  functions: [
    [/^new /, ''],
    [/(?:\.?<(?:fn|anonymous closure)>)+$/, ''],
    [/\.<(?:fn|anonymous closure)>(?=\.)/g, ''],
    [/^(_extension#)\d{1,6}\|/, '$1|'],
    [/ ?\(#\d{1,6}\)$/, '']
  ],
  nameless: ['<asynchronous suspension>', '<async>'],
  modules: [[/\?.{0,100}$/, '']],
  machinery: /^(?:package:sentry(?:_flutter|_dio|_logging)?\/|Sentry[.A-Z])/
})
