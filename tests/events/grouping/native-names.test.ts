// Goal: native names mean what Sentry's public tests say they mean (the facts of its table of function names, told
// anew), so that people who come from there find the same issues. Where we differ, docs/grouping.md says why: the
// column `ours` holds what we make of it.
import t from 'tap'
import { languageOfPlatform } from '../../../events/grouping/languages/languages.ts'

type Case = readonly [name: string, meaning: string, ours?: string]

const hash = 'm7486FA1E8A228E806BA045D26ABECC87DFD436B4'
const plain: Case[] = [
  ['function', 'function'],
  ['namespace::Class::function', 'namespace::Class::function'],
  ['namespace::function::h9de5fbebc1652d47', 'namespace::function'],
  ['?A0xc3a0617d::crash', "`anonymous namespace'::crash", '(anonymous namespace)::crash'],
  ['trigger_crash_a(int*) [clone .constprop.0]', 'trigger_crash_a'],
  ['ShellCorona::screenInvariants() const [clone .cold]', 'ShellCorona::screenInvariants'],
  ['__gnu_cxx::__verbose_terminate_handler() [clone .cold]', '__gnu_cxx::__verbose_terminate_handler'],
  ['pthread_cond_timedwait@@GLIBC_2.3.2', 'pthread_cond_timedwait'],
  ['glob64@GLIBC_2.2', 'glob64'],
  ['ThreadStartWhatever@16', 'ThreadStartWhatever'],
  ['@ThreadStartWhatever@16', 'ThreadStartWhatever'],
  ['+[FLFoo barBaz]', '+[FLFoo barBaz]'],
  ['-[FLFoo barBaz]', '-[FLFoo barBaz]'],
  ['+[foo:(bar)]', '+[foo:(bar)]'],
  ['[foo:(bar)]', '[foo:(bar)]']
]
const signatures: Case[] = [
  ['foo::bar::foo(int)', 'foo::bar::foo'],
  ['ns::format[abi:cxx11](int)', 'ns::format'],
  ['ns::run::<lambda_1>::operator()', 'ns::run::<lambda>::operator()'],
  ['shop::cart::<impl shop::Cart>::pay', 'shop::Cart::pay'],
  ['shop::cart::<impl shop::Pay for shop::Cart>::pay', 'shop::Cart::pay'],
  ['shop::run::<alloc::string::String>', 'shop::run'],
  ['(anonymous namespace)::foo(int)', '(anonymous namespace)::foo'],
  ['ui::Menu::Show(char const *,char const *)', 'ui::Menu::Show'],
  ['static unsigned int ui::Menu::Show(char const *,char const *) const', 'ui::Menu::Show'],
  ['ui::Menu::Show(unsigned long,_GUID const &,HKL__ *)', 'ui::Menu::Show'],
  ['static unsigned int _foo_function (uint32_t,uint32_t) const', '_foo_function'],
  ['struct css::Strong<css::root::RawContents> glue::Sheet_Empty(css::root::Mode) const', 'glue::Sheet_Empty'],
  [
    'static <NoType> std::panicking::begin_panic<str*>(struct str*, struct (str*, u32) *)',
    'std::panicking::begin_panic<T>'
  ],
  ['(anonymous namespace)::StupidFunction<std::vector<std::string>>(int)', '(anonymous namespace)::StupidFunction<T>'],
  ['v8::operator<<(std::basic_ostream<char, std::char_traits<char> >&, v8::Brief const&)', 'v8::operator<<'],
  [
    'unsigned int (anonymous namespace)::operator<<(std::ostream<char>&, Brief const&)',
    '(anonymous namespace)::operator<<'
  ],
  ['unsigned int app::MyClass::operator()(std::ostream<char>&, Brief const&)', 'app::MyClass::operator()'],
  [
    'std::ostream<char, std::traits<char> >& std::operator<< <std::traits<char> >(std::ostream<char>&, char)',
    'std::operator<< <T>'
  ],
  ['std::__1::unique_ptr<X,std::default_delete<X> >::operator->', 'std::__1::unique_ptr<T>::operator->']
]
const rust: Case[] = [
  ['<web::Pipeline<S, H> as web::server::Handler>::poll_io', 'web::Pipeline<T>::poll_io'],
  ["<tokio::Scheduled<'a, U>>::tick", 'tokio::Scheduled<T>::tick'],
  [
    '<std::panic::AssertUnwindSafe<F> as core::ops::function::FnOnce<()>>::call_once',
    'std::panic::AssertUnwindSafe<T>::call_once'
  ],
  ['<actix::ContextFut<A, C> as futures::Future>::poll::h9de5fbebc1652d47', 'actix::ContextFut<T>::poll'],
  ['<T as core::convert::Into<U>>::into', 'core::convert::Into<T>::into'],
  [
    'tokio::Runtime::enter::{{closure}}::{{closure}}',
    'tokio::Runtime::enter::{{closure}}::{{closure}}',
    'tokio::Runtime::enter'
  ]
]
const lambdas: Case[] = [
  ['main::$_0', 'main::lambda'],
  ['main::$_42', 'main::lambda'],
  ['main::{lambda(int)#1}', 'main::lambda'],
  ['main::{lambda()#42}', 'main::lambda'],
  ['lambda_7156c3ceaa11256748687ab67e3ef4cd', 'lambda'],
  ['<lambda_7156c3ceaa11256748687ab67e3ef4cd>::operator()', '<lambda>::operator()']
]
const il2cpp: Case[] = [
  [`Buttons_DoWork_${hash}`, 'Buttons_DoWork'],
  [`Thread_Sleep_${hash}(int, MethodInfo const*)`, 'Thread_Sleep'],
  [`U3CCaptureU3Ed__12_MoveNext_${hash}(U3CCaptureU3Ed__12_t*, MethodInfo const*)`, 'U3CCaptureU3Ed__12_MoveNext'],
  ...['gshared', 'fshared', 'inline', 'gshared_inline', 'fshared_inline', 'AdjustorThunk', 'Multicast'].map(
    (end): Case => [`List_1_CopyTo_${hash}_${end}`, `List_1_CopyTo_${end}`]
  ),
  ...[
    'OpenStatic',
    'OpenInstance',
    'OpenGenericVirtual',
    'OpenStaticInvoker',
    'OpenInterfaceInvoker',
    'gp_0_1_0_2'
  ].map((end): Case => [`Callback_Invoke_${hash}_${end}`, `Callback_Invoke_${end}`]),
  [`List_1_CopyTo_${hash}_gshared(RuntimeArray*, int32_t)`, 'List_1_CopyTo_gshared'],
  [`Scope_Apply_${hash}_RuntimeMethod_var`, `Scope_Apply_${hash}_RuntimeMethod_var`]
]
const swift: Case[] = [
  ['@objc ViewController.causeCrash(Any) -> ()', 'ViewController.causeCrash'],
  ['ViewController.causeCrash(Any) -> SomeObject', 'ViewController.causeCrash'],
  ['@objc ViewController.causeCrash(Any, Foo -> Bar) -> SomeObject', 'ViewController.causeCrash'],
  ['static Shop.Throwing() throws -> Shop.Exit?', 'Shop.Throwing'],
  ['closure #1 @Swift.MainActor () -> () in static Foo.Call(args: [Swift.String]) -> ()', 'closure in Foo.Call'],
  ['closure #1 () -> () in Bar.Post(() -> ()) -> ()', 'closure in Bar.Post'],
  ['closure #1 (T1) in foo(bar: T2)', 'closure in foo'],
  ['partial apply for closure #1 () in closure #2 (T1) in f1(_: T2, arg: T3)', 'closure in f1'],
  [
    'closure #1 @Sendable () -> Swift.String in variable initialization expression of ' +
      'static Shop.Cart.total : Shop.Money',
    'closure in initializer expression of Shop.Cart.total'
  ],
  [
    'variable initialization expression of static Shop.Cart.total : Shop.Money',
    'initializer expression of Shop.Cart.total'
  ],
  [
    'closure #1 () -> () in variable initialization expression of ' +
      'static (extension in Till):Shop.Cart.total : Shop.Money',
    'closure in initializer expression of Shop.Cart.total'
  ],
  ['thunk for @escaping @callee_guaranteed () -> ()', 'thunk for closure'],
  ['specialized thunk for @callee_guaranteed (@guaranteed [T1]) -> (@owned [T2])', 'thunk for closure'],
  ['partial apply for thunk for @callee_guaranteed () -> (@error @owned Error)', 'thunk for closure']
]
const ours: Case[] = [
  // Siblings that Sentry has no case for.
  ['main::$_0::operator()(int) const', 'main::lambda::operator()'],
  ["run(int)::'lambda0'(char)::operator()(char) const", 'run::lambda::operator()'],
  ['std::function<void (int)>::operator()(int) const', 'std::function<T>::operator()'],
  ['ns::Foo<int>::run(std::vector<int, std::allocator<int> > const&) &&', 'ns::Foo<T>::run'],
  ['char const* ns::name(int)', 'ns::name'],
  ['char *name(int)', 'name'],
  ['operator new(unsigned long)', 'operator new'],
  ['public: void __thiscall Shop::Cart::pay(int)', 'Shop::Cart::pay'],
  ['parse.isra.0', 'parse'],
  ['parse.constprop.1.cold', 'parse'],
  ['__31-[Cart pay:]_block_invoke_2', '-[Cart pay:]'],
  ['__31-[Cart pay:]_block_invoke.123', '-[Cart pay:]'],
  ['__main_block_invoke', 'main'],
  ['<&mut W as core::fmt::Write>::write_fmt', 'core::fmt::Write::write_fmt'],
  ['<shop::Cart as shop::Pay>::pay', 'shop::Cart::pay'],
  ['<shop::Order as shop::Pay>::pay', 'shop::Order::pay'],
  ['shop[8f3a1c2d4e5f6a7b]::cart::{impl#3}::pay::{closure#0}', 'shop::cart::{impl}::pay'],
  ['shop::run::{async_fn#0}', 'shop::run'],
  ['core::ops::function::FnOnce::call_once{{vtable.shim}}', 'core::ops::function::FnOnce::call_once'],
  ['specialized Cart.pay(amount: Int) -> Bool', 'Cart.pay'],
  ['(1) suspend resume partial function for Cart.pay(amount: Int) async throws -> ()', 'Cart.pay'],
  ['Cart.total.getter : Int', 'Cart.total.getter'],
  ['<redacted>', ''],
  ['___lldb_unnamed_symbol123$$App', '']
]

for (const [name, meaning, kept = meaning] of [
  ...plain,
  ...signatures,
  ...rust,
  ...lambdas,
  ...il2cpp,
  ...swift,
  ...ours
]) {
  t.test(`${name} is ${kept}`, async t => t.equal(languageOfPlatform('native')?.functionName(name), kept))
}
