/** PHP. Namespaces and classes are identity; caches of templates, proxies and containers are named by hashes. */
import { defineLanguage } from './language.ts'

export const php = defineLanguage({
  name: 'php',
  hasSourceLines: true,
  functions: [
    // An anonymous class is named by the place of its file.
    [/@anonymous.{0,600}?(?=::|$)/s, '@anonymous'],
    [/^\\/, ''],
    [/^(?:Proxies\\)?__CG__\\/, ''],
    [/^(Container)\w{7}\\/, '$1\\'],
    [/(__TwigTemplate)_[0-9a-f]{32,128}(?:___\d{1,20})?/, '$1'],
    [/^(content|Block_\w{1,80}?|smarty_template_function_\w{1,80}?)_[0-9a-f]{8,64}(?:\.\d{1,20}|_\d{1,20}){0,3}/, '$1'],
    [/^((?:\w|\\){0,200}Template)_?[0-9a-f]{10}(?=::|$)/, '$1'],
    [/((?:Ghost|Proxy))[0-9a-f]{7}(?=::|\\|$)/, '$1'],
    [/(EntityManager)_[0-9a-f]{7,13}(?=::|\\|$)/, '$1']
  ],
  reduce: withoutPlaceOfClosure,
  functionsAfter: [[/\(\)$/, '']],
  files: [
    [/\(\d{1,9}\) : (?:eval\(\)'d code|runtime-created function|assert code)$/, ''],
    [/[0-9a-f]{40,64}(?:_\d{1,3})?\.(?:file|string|db)\./, ''],
    [/(\.latte|\.blade|\.twig)--[0-9a-f]{8,64}(?=\.php$)/, '$1']
  ],
  nameless: ['include', 'include_once', 'require', 'require_once', '{main}'],
  machinery: /^\\?Sentry\\/
})

/** PHP 8.4 names a closure by where it is: `{closure:App\Cart::add():12}`, `{closure:/app/routes.php:7}`. */
function withoutPlaceOfClosure(name: string): string {
  const start = name.indexOf('{closure:')
  if (start === -1) return name
  const around = /^(?:\{closure:){1,8}((?:\w|\\){1,200}(?:::\w{1,100})?)\(\)/.exec(name.slice(start))?.[1]
  return `${name.slice(0, start)}${around === undefined ? '' : `${around}::`}{closure}`
}
