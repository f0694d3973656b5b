// Goal: a function keeps its name whatever runtime, compiler or build it comes from; what has no name has none.
import fc from 'fast-check'
import t from 'tap'
import { cleanFunction } from '../../../events/grouping/functions.ts'

const names = [
  // JavaScript
  ['handler', 'handler'],
  ['Object.handler', 'handler'],
  ['async handler', 'handler'],
  ['new Cart', 'Cart'],
  ['async Object.handler', 'handler'],
  ['Layer.handle [as handle_request]', 'handle'],
  ['Object.<anonymous>', ''],
  ['<anonymous>', ''],
  ['anonymous', ''],
  ['?', ''],
  ['eval', ''],
  ['', ''],
  [' ', ''],
  // Python
  ['<lambda>', '<lambda>'],
  ['<module>', '<module>'],
  ['Outer.<locals>.inner', 'inner'],
  // Ruby
  ['block in run', 'run'],
  ['block (2 levels) in run', 'run'],
  ['rescue in block in Cart#run', 'run'],
  ['Cart#run', 'run'],
  // Go
  ['main.(*Server).Handle', 'Handle'],
  ['main.main.func1', 'main'],
  ['main.Run.func1.2', 'Run'],
  ['main.(*Server).Handle-fm', 'Handle'],
  // Rust
  ['core::ops::function::FnOnce::call_once::h0123456789abcdef', 'call_once'],
  ['app::run::{{closure}}', 'run'],
  ['app::run::{{closure}}::h0123456789abcdef', 'run'],
  ['app::run::{closure#0}', 'run'],
  // C and C++
  ['std::vector<std::string>::at', 'at'],
  ['foo(int, std::string)', 'foo'],
  ['ns::A<b::C>::call(x::y) const', 'call'],
  ['(anonymous namespace)::foo(int)', 'foo'],
  ['parse.isra.0', 'parse'],
  ['parse.constprop.1.cold', 'parse'],
  ['parse [clone .part.3]', 'parse'],
  // JVM
  ['run', 'run'],
  ['lambda$main$0', ''],
  ['com.example.Cart.lambda$add$12', ''],
  ['access$000', ''],
  ['fn__1234', 'fn'],
  // .NET
  ['Shop.Cart.Add', 'Add'],
  ['Shop.Cart.<Add>b__0_1', 'Add'],
  ['Shop.Cart.<Add>d__5.MoveNext', 'Add'],
  // PHP
  ['App\\Cart::add', 'add'],
  ['{closure}', '{closure}'],
  ['App\\{closure}', '{closure}'],
  ['{closure:App\\Cart::add():12}', '{closure}'],
  // Elixir
  ['Shop.Cart.add/2', 'add/2']
] as const
for (const [name, cleaned] of names) {
  t.test(`${JSON.stringify(name)} becomes ${JSON.stringify(cleaned)}`, async t => t.equal(cleanFunction(name), cleaned))
}

t.test('any name gives a short one', async () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string(),
          fc.constantFrom('.', '::', '<', '>', '(', ')', ' ', 'new ', 'block in ', '.func1', '{{closure}}')
        ),
        { maxLength: 40 }
      ),
      parts => {
        return cleanFunction(parts.join('')).length <= 256
      }
    )
  )
})

t.test('names made to be slow end like all others', async t => {
  for (const part of [
    '(',
    ')',
    '<',
    '>',
    '.func1',
    '::{{closure}}',
    'new ',
    'block in ',
    ' [as ',
    '{closure:',
    '.isra',
    '()',
    '<>',
    'a.'
  ]) {
    t.ok(cleanFunction(part.repeat(100_000)).length <= 256, part)
  }
})
