/**
 * C, C++, Rust, Objective-C and Swift, as demanglers write them. Namespaces, classes and impls are identity; return
 * types, arguments, template arguments, closures, clones, hashes and versions of symbols are not.
 */
import { defineLanguage } from './language.ts'
import { withoutSignature } from './signature.ts'
import { swiftName } from './swift.ts'

/** The ends by which compilers tell the copies and the pieces of a function apart. */
const clones = [
  'isra',
  'constprop',
  'part',
  'cold',
  'llvm',
  'lto_priv',
  'resume',
  'destroy',
  'cleanup',
  'warm',
  'hot',
  'eh',
  'localalias'
].join('|')

/** What has no name in Rust. */
const rustBlocks = [
  'closure',
  'closure_env',
  'shim:\\w{1,40}',
  'async_fn',
  'async_fn_env',
  'async_block',
  'async_block_env',
  'coroutine',
  'constant',
  'use'
].join('|')

/** SDKs of Sentry, standard libraries, the begin of processes and threads, and what ends or throws. */
const machinery = [
  'sentry(?:_|::)',
  '\\[?[-+]?\\[?Sentry[A-Z]',
  'std::',
  'core::',
  'alloc::',
  '__gnu_cxx::',
  '__cxxabiv1::',
  'backtrace::',
  'rust_(?:begin_unwind|panic)',
  '__rust_',
  '_?_start$',
  '__libc_start_(?:main|call_main)',
  '__libc_start_main_impl',
  'start_thread$',
  '_?_?clone3?$',
  '_?_?pthread_(?:start|kill|body)',
  'thread_start$',
  '__GI_(?:raise|abort)',
  'gsignal$',
  'raise$',
  'abort(?:_message)?$',
  '__assert_',
  '__cxa_',
  '_Unwind_',
  'objc_(?:exception_throw|terminate)',
  '_objc_terminate',
  '__exceptionPreprocess$',
  '_CxxThrowException$',
  'RaiseException$',
  'KiUserExceptionDispatcher',
  'RtlUserThreadStart',
  'BaseThreadInitThunk',
  '__scrt_common_main',
  'invoke_main$',
  'terminate$',
  '__stack_chk_fail',
  '__fortify_fail',
  '__chk_fail',
  '__restore_rt$',
  '_sigtramp$',
  '_?assertionFailure$',
  'Swift\\.(?:fatalError|_?assertionFailure|preconditionFailure)'
].join('|')

export const native = defineLanguage({
  name: 'native',
  charsMax: 1_500,
  functions: [
    [/^@?(\w{1,200})@\d{1,4}$/, '$1'],
    [/@{1,2}[A-Z][\w.]{1,60}$/, ''],
    [/(?: ?\[clone [^\]]{1,200}\]){1,4}/, ''],
    [new RegExp(`(?:\\.(?:${clones})(?:\\.\\d{1,20})?){1,6}$`), ''],
    // Blocks of Objective-C belong to the method around them.
    [/^_{0,4}\d{0,4}([-+]\[[^\]]{1,300}\])_block_invoke(?:[_.]\d{1,6}){0,4}$/, '$1'],
    [/^_{2}\d{0,4}(\w{1,200}?)_block_invoke(?:[_.]\d{1,6}){0,4}$/, '$1'],
    [/^invocation function for block in /, ''],
    // Rust.
    [/::h[0-9a-f]{16}$/, ''],
    [/(?:::)?\{\{(?:closure|vtable\.shim|impl)\}\}/g, ''],
    [new RegExp(`(?:::)?\\{(?:${rustBlocks})#\\d{1,6}\\}`, 'g'), ''],
    [/\{impl#\d{1,6}\}/g, '{impl}'],
    [/(?<=\w)\[[0-9a-f]{16}\]/g, ''],
    // What has no name in C++.
    [/\?A0x[0-9a-f]{8}(?=::)/g, '(anonymous namespace)'],
    [/`anonymous[ -]namespace'|\{anonymous\}|<unnamed>/g, '(anonymous namespace)'],
    [/\{lambda\([^#{]{0,400}\)#\d{1,6}\}|'lambda\d{0,6}'|\$_\d{1,6}|\(?lambda at [^)]{1,400}\)?/g, 'lambda'],
    [/\blambda_(?:[0-9a-f]{32}|\d{1,6})\b/g, 'lambda'],
    [/\[abi:\w{1,40}\]/g, ''],
    [/(\{(?:unnamed type|default arg))#\d{1,6}\}/g, '$1}'],
    [/^(?:___lldb_unnamed_symbol|sub_|func_|fun_|nullsub_)[0-9a-f$]{1,40}.{0,200}$/i, '']
  ],
  reduce: name => swiftName(name) ?? (/^[-+]?\[.{1,600}\]$/.test(name) ? name : withoutSignature(name)),
  functionsAfter: [[/_m[0-9A-F]{40}(?=$|_(?:gshared|fshared|inline|AdjustorThunk|Multicast|Open[A-Z]|gp_))/, '']],
  nameless: ['<redacted>', '<deduplicated_symbol>', '(null)', '<hidden>', '__hidden#'],
  machinery: new RegExp(`^(?:${machinery})`)
})
