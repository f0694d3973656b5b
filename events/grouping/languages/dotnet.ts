/**
 * .NET and Unity. Type and method are identity, however a trace spells them; return types, arguments, state machines,
 * display classes, type arguments and hashes of IL2CPP are not.
 */
import { defineLanguage, type Rule } from './language.ts'
import { withoutEnclosed } from './enclosed.ts'

const types: readonly Rule[] = [
  // Type arguments: `Repo`1[[Shop.User, Shop, …]]`.
  [/\[(?:\[|[\w.]{1,200}[,\]]).{0,600}$/, ''],
  [/, (?:Version|Culture|PublicKeyToken)=.{0,300}$/, ''],
  [/[+.](?:<>c__DisplayClass\d{1,6}_\d{1,6}|<>c|<>O|<\$?>\w{1,80})(?:`\d{1,3})?/g, ''],
  [/[+.]<<(\w{1,200})>[$\w|]{0,80}>d(?:__\d{1,6})?/g, ''],
  [/[+.]<\w{1,200}>d(?:__\d{1,6})?(?:`\d{1,3})?/g, ''],
  [/`\d{1,3}/g, ''],
  [/_[0-9A-F]{64}(?=$|\.)/, ''],
  [/^(submission)#\d{1,9}/, '$1'],
  [/^(Castle\.Proxies\.\w{1,200}Proxy)_\d{1,6}/, '$1']
]

export const dotnet = defineLanguage({
  name: 'dotnet',
  functions: [
    [/^\(wrapper [\w-]{1,60}\) /, ''],
    [/^lambda_method\d{1,9}$/, 'lambda_method'],
    // The method is in the name of the class or method that the compiler made of it.
    [/<<(\w{1,200})>\$?>g__(\w{1,200})\|\d{1,6}_\d{1,6}/, '$1.$2'],
    [/<(\w{1,200})>\$?g__(\w{1,200})\|\d{1,6}(?:_\d{1,6})?/, '$1.$2'],
    [/<(\w{1,200})>b__\w{1,40}(?:\|\w{1,40})?/, '$1'],
    [/<<(\w{1,200})>\$?(?:[a-z]__[\w|]{0,100})?>d(?:__\d{1,6})?/, '$1'],
    [/<(\w{1,200})>d(?:__\d{1,6})?/, '$1'],
    [/<(\w{1,200})>\$/, '$1'],
    [/<(\w{1,200})>F[0-9A-F]{64}__/, '$1.'],
    [/[+.](?:<>c__DisplayClass\d{1,6}_\d{1,6}|<>c|<>O)(?=[.+])/g, ''],
    [/^<>c(?:__DisplayClass\d{1,6}_\d{1,6})?\./, ''],
    [/\+\([\w ,]{0,100}\) ?=> ?\{.{0,10}\}$/, ''],
    [/\+MoveNext\(\)$/, ''],
    [/_m[0-9A-F]{40}(?=_|$|\()/, '']
  ],
  reduce: withoutSignature,
  functionsAfter: [
    [/(?<=\w)\.MoveNext$/, ''],
    [/`\d{1,3}/g, ''],
    [/\+(?=\w)/g, '.']
  ],
  nameless: ['MoveNext'],
  modules: types,
  machinery:
    /^(?:Sentry\.|SharpRaven\.|System\.Runtime\.ExceptionServices\.|System\.Runtime\.CompilerServices\.TaskAwaiter)/
})

/** `async Task<int> Shop.Cart.Add<T>(int x)` → `Shop.Cart.Add`; `Player.Update ()` → `Player.Update`. */
function withoutSignature(name: string): string {
  const plain = withoutEnclosed(withoutEnclosed(name, '<', '>'), '[', ']')
  const arguments_ = plain.indexOf('(')
  const called = (arguments_ <= 0 ? plain : plain.slice(0, arguments_)).trim()
  return called.slice(called.lastIndexOf(' ') + 1)
}
