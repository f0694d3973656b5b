// Goal: a function keeps its name whatever runtime, compiler or build it comes from, and its class where the language
// has them; what has no name has none. Method: tables, one for each language.
import fc from 'fast-check'
import t from 'tap'
import { languageOfPlatform } from '../../../events/grouping/languages/languages.ts'
import { other } from '../../../events/grouping/languages/other.ts'

const functions: Record<string, ReadonlyArray<readonly [name: string, kept: string]>> = {
  javascript: [
    ['handler', 'handler'],
    ['Object.handler', 'handler'],
    ['Foo.prototype.handler', 'handler'],
    ['async handler', 'handler'],
    ['async Object.handler', 'handler'],
    ['new Cart', 'Cart'],
    ['bound pay', 'pay'],
    ['get total', 'total'],
    ['Cart.get total [as total]', 'total'],
    ['Layer.handle [as handle_request]', 'handle'],
    ['Foo.#secret', '#secret'],
    ['Promise.all (index 0)', 'all'],
    ['Object.<anonymous>', ''],
    ['HTMLButtonElement.<anonymous>', ''],
    ['Object.<computed>', ''],
    ['Cart.<instance_members_initializer>', ''],
    ['<anonymous>', ''],
    ['anonymous', ''],
    ['Anonymous function', ''],
    ['Global code', ''],
    ['?', ''],
    ['', ''],
    [' ', ''],
    ['load/<', ''],
    ['load/</<', ''],
    ['load/step<', 'step'],
    ['checkout/total', 'total'],
    ['promise callback*load', 'load'],
    ['setTimeout handler*load/<', ''],
    ['_callee$', ''],
    ['_callee2$', ''],
    ['_callee12$', ''],
    ['_loop', '_loop'],
    ['_loop_1', '_loop'],
    ['_loop$1', '_loop']
  ],
  python: [
    ['handler', 'handler'],
    ['<lambda>', '<lambda>'],
    ['<module>', '<module>'],
    ['<cell line: 3>', '<module>'],
    ['Cart.add', 'Cart.add'],
    ['Outer.<locals>.inner', 'Outer.inner'],
    ['Outer.<locals>.<lambda>', 'Outer.<lambda>']
  ],
  ruby: [
    ['block in run', 'run'],
    ['block (2 levels) in run', 'run'],
    ['rescue in block in Cart#run', 'Cart#run'],
    ['Cart#run', 'Cart#run'],
    ['Cart.run', 'Cart.run'],
    ['<top (required)>', '<top (required)>'],
    ['_app_views_cart_show_html_erb__3012482839_70320', '_app_views_cart_show_html_erb'],
    ['_app_views_cart_show_html_erb___1312482839_70400', '_app_views_cart_show_html_erb'],
    ['block in _app_views_cart_show_html_haml__123456_789', '_app_views_cart_show_html_haml'],
    ['__tilt_70231234567890', '__tilt'],
    ['_run__3214324324__process_action__callbacks', '_run__process_action__callbacks'],
    ['_conditional_callback_around_12', '_conditional_callback_around'],
    ['#<Class:0x000055d0aa12>#pay', '#<Class>#pay']
  ],
  php: [
    ['App\\Cart::add', 'App\\Cart::add'],
    ['\\App\\Cart::add', 'App\\Cart::add'],
    ['{closure}', '{closure}'],
    ['App\\{closure}', 'App\\{closure}'],
    ['{closure:App\\Cart::add():12}', 'App\\Cart::add::{closure}'],
    ['{closure:{closure:App\\Cart::add():12}:14}', 'App\\Cart::add::{closure}'],
    ['{closure:/srv/app/routes/web.php:12}', '{closure}'],
    ['class@anonymous\0/srv/app/Cart.php:12$0::add', 'class@anonymous::add'],
    ['App\\Base@anonymous\0/srv/app/Cart.php:12$0::add', 'App\\Base@anonymous::add'],
    ['Proxies\\__CG__\\App\\Entity\\User::getName', 'App\\Entity\\User::getName'],
    [`__TwigTemplate_${'3f2a'.repeat(16)}::doDisplay`, '__TwigTemplate::doDisplay'],
    ['content_5f3a2b1c8d9e70_12345678', 'content'],
    ['ContainerA1b2C3d\\App_KernelProdContainer::getCart', 'Container\\App_KernelProdContainer::getCart'],
    ['include', '']
  ],
  go: [
    ['main.(*Server).Handle', 'main.(*Server).Handle'],
    ['(*UserHandler).ServeHTTP', '(*UserHandler).ServeHTTP'],
    ['Server.Handle', 'Server.Handle'],
    ['main.main.func1', 'main.main'],
    ['main.Run.func1.2', 'main.Run'],
    ['Run.func2.1.3', 'Run'],
    ['(*S).Run.func1.gowrap2', '(*S).Run'],
    ['(*S).Run.gowrap1', '(*S).Run'],
    ['(*S).Run.deferwrap1', '(*S).Run'],
    ['(*S).Run-range1', '(*S).Run'],
    ['(*S).Run.func1-range2', '(*S).Run'],
    ['(*S).Run-range1.func2', '(*S).Run'],
    ['main.(*Server).Handle-fm', 'main.(*Server).Handle'],
    ['Map[...]', 'Map'],
    ['Map[...].func1', 'Map'],
    ['Map[go.shape.int,go.shape.string]', 'Map'],
    ['(*List[...]).Push', '(*List).Push'],
    ['(*List[go.shape.[]uint8]).Push', '(*List).Push'],
    ['init.0', 'init'],
    ['glob..func1', 'glob'],
    ['main.glob..func12', 'main.glob']
  ],
  java: [
    ['getTotal$app_release', 'getTotal'],
    ['getTotal$shop_freeDebug', 'getTotal'],
    ['copy$default', 'copy'],
    ['run', 'run'],
    ['<init>', '<init>'],
    ['lambda$main$0', 'main'],
    ['lambda$main$12', 'main'],
    ['lambda$null$1', ''],
    ['lambda$onCreate$0$com-example-MainActivity', 'onCreate'],
    ['onCreate$lambda$0', 'onCreate'],
    ['onCreate$lambda$1$lambda$0', 'onCreate'],
    ['onCreate$lambda-0', 'onCreate'],
    ['$r8$lambda$3xZ9aB_cD', ''],
    ['-$$Nest$mpay', ''],
    ['access$000', ''],
    ['access$getTotal$p', 'getTotal'],
    ['pay$default', 'pay'],
    ['pay$suspendImpl', 'pay'],
    ['pay-IoAF18A', 'pay'],
    ['CGLIB$pay$12', 'pay'],
    ['$anonfun$run$1', 'run'],
    ['$anonfun$run$1$adapted', 'run'],
    ['$anonfun$1', ''],
    ['apply$mcV$sp', 'apply'],
    ['fn__1234', 'fn'],
    ['eval123', 'eval'],
    ['com.example.Cart.lambda$add$12', 'com.example.Cart.add'],
    ['com.example.Cart$1.run', 'com.example.Cart.run']
  ],
  csharp: [
    ['Index', 'Index'],
    ['Shop.Cart.Add', 'Shop.Cart.Add'],
    ['Task<IActionResult> CartController.Index()', 'CartController.Index'],
    ['async Task<int> Shop.Cart.RunAsync(int x)', 'Shop.Cart.RunAsync'],
    ['static bool Shop.Cart<T>.Has(string a)', 'Shop.Cart.Has'],
    ['void Shop.Cart.Add(string a)+() => { }', 'Shop.Cart.Add'],
    ['Shop.Cart.RunAsync(int x)+MoveNext()', 'Shop.Cart.RunAsync'],
    ['Shop.Cart.<Add>b__0_1', 'Shop.Cart.Add'],
    ['Shop.Cart.<>c.<Add>b__0_1', 'Shop.Cart.Add'],
    ['Shop.Cart.<>c__DisplayClass3_0.<Add>b__0', 'Shop.Cart.Add'],
    ['<Add>b__0', 'Add'],
    ['<RunAsync>d__5.MoveNext', 'RunAsync'],
    ['Shop.Cart.<RunAsync>d__5.MoveNext', 'Shop.Cart.RunAsync'],
    ['Shop.Cart+<RunAsync>d__5.MoveNext', 'Shop.Cart.RunAsync'],
    ['<Main>$', 'Main'],
    ['<<Main>$>g__Fail|0_0', 'Main.Fail'],
    ['<Add>g__Check|3_0', 'Add.Check'],
    ['lambda_method12', 'lambda_method'],
    ['MoveNext', ''],
    ['Player.Update ()', 'Player.Update'],
    ['UnityEngine.Events.InvokableCall.Invoke ()', 'UnityEngine.Events.InvokableCall.Invoke'],
    ['Events.Execute[T] (UnityEngine.GameObject target, Data+Function`1[T1] functor)', 'Events.Execute'],
    ['(wrapper managed-to-native) Shop.Native.Call(int)', 'Shop.Native.Call'],
    ['Player_Update_m7486FA1E8A228E806BA045D26ABECC87DFD436B4', 'Player_Update']
  ],
  dart: [
    ['_CartState.build.<fn>', '_CartState.build'],
    ['_CartState.build.<anonymous closure>.<anonymous closure>', '_CartState.build'],
    ['_CartState.build.<fn>.<fn>', '_CartState.build'],
    ['new Cart', 'Cart'],
    ['<asynchronous suspension>', '']
  ],
  elixir: [
    ['Shop.Cart.add/2', 'Shop.Cart.add/2'],
    ['anonymous fn/1 in Shop.Cart.add/2', 'Shop.Cart.add/2'],
    ['-add/2-fun-0-', 'add/2'],
    ['-add/2-lc$^0/1-0-', 'add/2']
  ]
}

const modules: Record<string, ReadonlyArray<readonly [module: string, kept: string]>> = {
  java: [
    ['com.example.shop.Cart', 'com.example.shop.Cart'],
    ['com.example.Cart$Item', 'com.example.Cart$Item'],
    ['com.example.Cart$1', 'com.example.Cart'],
    ['com.example.Cart$run$1', 'com.example.Cart$run'],
    ['com.example.Cart$run$1$2', 'com.example.Cart$run'],
    ['com.example.Cart$$Lambda$14/0x0000000800c03000', 'com.example.Cart'],
    ['com.example.Cart$$Lambda/0x0000000800c03000', 'com.example.Cart'],
    ['com.example.Cart$$ExternalSyntheticLambda7', 'com.example.Cart'],
    ['com.example.Cart$$ExternalSyntheticOutline0', 'com.example.Cart'],
    ['com.example.Cart$$InternalSyntheticLambda$1$ab12$0', 'com.example.Cart'],
    ['com.example.-$$Lambda$Cart$kF3x-9a', 'com.example.Cart'],
    ['com.example.Cart$$EnhancerBySpringCGLIB$$1a2b3c4d', 'com.example.Cart'],
    ['com.example.Cart$$SpringCGLIB$$0', 'com.example.Cart'],
    ['com.example.Cart$$FastClassBySpringCGLIB$$1a2b3c4d', 'com.example.Cart'],
    ['com.example.Cart$HibernateProxy$aB12cD34', 'com.example.Cart'],
    ['com.example.Cart$ByteBuddy$aB12cD34', 'com.example.Cart'],
    ['com.example.Cart_$$_jvst1a2_3', 'com.example.Cart'],
    ['com.example.Cart_$$_javassist_3', 'com.example.Cart'],
    ['com.sun.proxy.$Proxy12', '$Proxy'],
    ['jdk.proxy2.$Proxy99', '$Proxy'],
    ['jdk.internal.reflect.GeneratedMethodAccessor123', 'jdk.internal.reflect.GeneratedMethodAccessor'],
    ['shop.core$handle__5021', 'shop.core$handle'],
    ['shop.core$eval1234$fn__1235', 'shop.core$eval$fn'],
    ['shop.Cart$$anonfun$add$1', 'shop.Cart$add'],
    ['shop.Cart$$anon$2', 'shop.Cart'],
    ['Script12', 'Script'],
    ['Script1$_run_closure3', 'Script$_run_closure'],
    ['<unknown>', '']
  ],
  csharp: [
    ['Shop.Repo`1[[Shop.User, Shop, Version=1.0.0.0, Culture=neutral]]', 'Shop.Repo'],
    ['Shop.Map`2[System.String,System.Int32]', 'Shop.Map'],
    ['Shop.Cart', 'Shop.Cart'],
    ['Shop.Cart+<RunAsync>d__5', 'Shop.Cart'],
    ['Shop.Cart+<>c__DisplayClass3_0', 'Shop.Cart'],
    ['Shop.Cart+<>c', 'Shop.Cart'],
    ['Shop.List`1', 'Shop.List'],
    ['Program+<<Main>$>d__0', 'Program']
  ],
  go: [
    ['example.com/shop/v2/cart', 'example.com/shop/v2/cart'],
    ['example.com/shop/vendor/github.com/a/b', 'github.com/a/b'],
    ['gopkg.in/yaml%2ev2', 'gopkg.in/yaml.v2']
  ],
  python: [
    ['shop.views', 'shop.views'],
    ['memory:0x7f12ab34', 'memory']
  ]
}

for (const [platform, cases] of Object.entries(functions)) {
  t.test(platform, async t => {
    for (const [name, kept] of cases) {
      t.equal(languageOfPlatform(platform)?.functionName(name), kept, JSON.stringify(name))
    }
  })
}

for (const [platform, cases] of Object.entries(modules)) {
  t.test(`modules of ${platform}`, async t => {
    for (const [name, kept] of cases) {
      t.equal(languageOfPlatform(platform)?.moduleName(name), kept, JSON.stringify(name))
    }
  })
}

const all = [...Object.keys(functions), 'native'].map(platform => languageOfPlatform(platform) ?? other).concat(other)
const pieces =
  '. :: < > ( ) [ ] { } / \\ $ # @ - _ 0 1 a Z operator lambda closure in as func1 __ new async block'.split(' ')

t.test('any name gives a short one, in every language', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom(...pieces, ' ')), { maxLength: 60 }),
      fc.constantFrom(...all),
      (parts, language) =>
        language.functionName(parts.join('')).length <= 256 && language.moduleName(parts.join('')).length <= 256
    )
  )
})

t.test('names made to be slow end like all others', async t => {
  const slow = [
    '()',
    '<>',
    '[]',
    '.func1',
    '::{{closure}}',
    'new ',
    'block in ',
    ' [as ',
    '{closure:',
    '.isra',
    'a.',
    '$1',
    '$$'
  ].concat([
    'closure #1 in ',
    'a as b',
    '<a',
    'operator<',
    'lambda$a',
    '_12345',
    '0x12',
    '<locals>.',
    '@anonymous',
    'aA1',
    '/<',
    'x*'
  ])
  for (const part of [...pieces, ...slow]) {
    for (const language of all) {
      t.ok(language.functionName(part.repeat(20_000)).length <= 256, `${language.name} ${part}`)
      t.ok(language.moduleName(part.repeat(20_000)).length <= 256)
    }
  }
})

t.test('of a path no more than its end is looked at, so that patterns cost little on any path', async t => {
  const path = `${'1'.repeat(100_000)}/shop/cart.py`
  for (const platform of Object.keys(functions)) {
    const { filePath } = languageOfPlatform(platform) ?? other
    // A language without patterns for paths returns the path itself.
    if (filePath('x'.repeat(1_000)).length < 1_000) t.equal(filePath(path), filePath(path.slice(-300)), platform)
  }
  t.ok((languageOfPlatform('python') ?? other).filePath(path).length <= 300)
})
