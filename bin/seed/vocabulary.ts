/** What the seeded applications are made of: their services, and the words of their code and their messages. */

export type Service = {
  name: string
  platform: string
  /** Of every frame: where code of this module stands, and what its functions are called. */
  place: (module: string, verb: string, noun: string) => { filename: string; module?: string; function: string }
  exceptions: readonly string[]
  /** Frames of the framework, outermost first, that lead to the application's own. */
  framework: readonly { filename: string; module?: string; function: string; lineno: number }[]
  /** A line of code that calls or does something. */
  line: (verb: string, noun: string) => string
  runtime: { name: string; version: string }
  sdk: { name: string; version: string }
}

const browser = {
  platform: 'javascript',
  place: (module: string, verb: string, noun: string) => ({
    filename: `src/${module}/${verb}-${noun}.ts`,
    function: `${verb}${capital(noun)}`
  }),
  exceptions: [
    'TypeError',
    'ReferenceError',
    'RangeError',
    'SyntaxError',
    'ChunkLoadError',
    'NetworkError',
    'AbortError',
    'SecurityError'
  ],
  framework: [
    { filename: 'vendor/runtime-dom.esm.js', function: 'invoker', lineno: 712 },
    { filename: 'vendor/runtime-core.esm.js', function: 'callWithErrorHandling', lineno: 199 },
    { filename: 'vendor/runtime-core.esm.js', function: 'flushJobs', lineno: 385 }
  ],
  line: (verb: string, noun: string) => `const ${noun} = await ${verb}${capital(noun)}(state.${noun}s[index])`,
  runtime: { name: 'Firefox', version: '140.0' },
  sdk: { name: 'sentry.javascript.vue', version: '9.46.0' }
}
const node = {
  platform: 'node',
  place: (module: string, verb: string, noun: string) => ({
    filename: `/app/src/${module}/${noun}.ts`,
    function: `${verb}${capital(noun)}`
  }),
  exceptions: [
    'Error',
    'TypeError',
    'PaymentDeclined',
    'ValidationError',
    'TimeoutError',
    'DatabaseError',
    'ConflictError',
    'RateLimitExceeded',
    'NotFoundError'
  ],
  framework: [
    { filename: 'node:internal/process/task_queues', function: 'processTicksAndRejections', lineno: 105 },
    { filename: '/app/node_modules/fastify/lib/wrap-thenable.js', function: 'wrapThenable', lineno: 38 },
    { filename: '/app/node_modules/fastify/lib/handle-request.js', function: 'preHandlerCallback', lineno: 137 }
  ],
  line: (verb: string, noun: string) => `const ${noun} = await this.${noun}s.${verb}(request.params.id)`,
  runtime: { name: 'node', version: '22.18.0' },
  sdk: { name: 'sentry.javascript.node', version: '9.46.0' }
}
const python = {
  platform: 'python',
  place: (module: string, verb: string, noun: string) => ({
    filename: `${module}/${noun}s.py`,
    module: `${module}.${noun}s`,
    function: `${verb}_${noun}`
  }),
  exceptions: [
    'KeyError',
    'ValueError',
    'AttributeError',
    'IntegrityError',
    'OperationalError',
    'DoesNotExist',
    'ConnectionError',
    'JSONDecodeError',
    'PermissionError'
  ],
  framework: [
    {
      filename: 'django/core/handlers/exception.py',
      module: 'django.core.handlers.exception',
      function: 'inner',
      lineno: 55
    },
    {
      filename: 'django/core/handlers/base.py',
      module: 'django.core.handlers.base',
      function: '_get_response',
      lineno: 197
    },
    { filename: 'django/views/generic/base.py', module: 'django.views.generic.base', function: 'dispatch', lineno: 143 }
  ],
  line: (verb: string, noun: string) => `${noun} = ${verb}_${noun}(self.request.user, pk=kwargs['pk'])`,
  runtime: { name: 'CPython', version: '3.13.5' },
  sdk: { name: 'sentry.python.django', version: '2.34.1' }
}
const java = {
  platform: 'java',
  place: (module: string, verb: string, noun: string) => ({
    filename: `${capital(noun)}Service.java`,
    module: `com.example.${module}.${capital(noun)}Service`,
    function: `${verb}${capital(noun)}`
  }),
  exceptions: [
    'java.lang.NullPointerException',
    'java.lang.IllegalStateException',
    'java.sql.SQLException',
    'java.util.concurrent.TimeoutException',
    'javax.persistence.OptimisticLockException',
    'java.io.IOException'
  ],
  framework: [
    {
      filename: 'DispatcherServlet.java',
      module: 'org.springframework.web.servlet.DispatcherServlet',
      function: 'doDispatch',
      lineno: 1089
    },
    {
      filename: 'RequestMappingHandlerAdapter.java',
      module: 'org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter',
      function: 'invokeHandlerMethod',
      lineno: 891
    },
    {
      filename: 'CglibAopProxy.java',
      module: 'org.springframework.aop.framework.CglibAopProxy',
      function: 'intercept',
      lineno: 724
    }
  ],
  line: (verb: string, noun: string) => `var ${noun} = ${noun}Repository.${verb}(${noun}Id).orElseThrow();`,
  runtime: { name: 'OpenJDK', version: '21.0.8' },
  sdk: { name: 'sentry.java.spring-boot', version: '8.18.0' }
}
const go = {
  platform: 'go',
  place: (module: string, verb: string, noun: string) => ({
    filename: `internal/${module}/${noun}.go`,
    module: `example.com/${module}`,
    function: `${capital(verb)}${capital(noun)}`
  }),
  exceptions: [
    '*net.OpError',
    '*url.Error',
    '*pgconn.PgError',
    '*json.SyntaxError',
    '*errors.errorString',
    'context.deadlineExceededError'
  ],
  framework: [
    { filename: 'net/http/server.go', module: 'net/http', function: 'serve', lineno: 2102 },
    { filename: 'net/http/server.go', module: 'net/http', function: 'ServeHTTP', lineno: 2294 }
  ],
  line: (verb: string, noun: string) => `${noun}, err := s.${capital(verb)}${capital(noun)}(ctx, id)`,
  runtime: { name: 'go', version: '1.25.1' },
  sdk: { name: 'sentry.go', version: '0.35.1' }
}

export const services: readonly Service[] = [
  { name: 'web', ...browser },
  { name: 'orders', ...node },
  { name: 'accounts', ...python },
  { name: 'catalogue', ...java },
  { name: 'gateway', ...go },
  { name: 'admin', ...browser },
  { name: 'payments', ...node },
  { name: 'reports', ...python }
]

export const modules = [
  'cart',
  'checkout',
  'search',
  'profile',
  'billing',
  'shipping',
  'stock',
  'session',
  'mail',
  'upload',
  'export',
  'webhook',
  'audit',
  'pricing',
  'refunds',
  'loyalty',
  'reviews',
  'media',
  'sync',
  'queue',
  'cache',
  'tenants',
  'alerts',
  'inbox',
  'calendar',
  'support',
  'invoices',
  'tax',
  'geo',
  'consent'
]

export const verbs = [
  'load',
  'save',
  'find',
  'create',
  'update',
  'remove',
  'render',
  'parse',
  'validate',
  'send',
  'fetch',
  'merge',
  'lock',
  'reserve',
  'release',
  'publish',
  'resolve',
  'compute',
  'encode',
  'decode',
  'schedule',
  'cancel',
  'confirm',
  'import',
  'charge',
  'refund',
  'assign',
  'archive',
  'restore',
  'notify'
]

export const nouns = [
  'order',
  'customer',
  'invoice',
  'product',
  'price',
  'payment',
  'basket',
  'address',
  'session',
  'token',
  'ticket',
  'message',
  'report',
  'image',
  'shipment',
  'discount',
  'account',
  'contract',
  'warehouse',
  'supplier',
  'review',
  'coupon',
  'parcel',
  'receipt',
  'balance',
  'device',
  'schedule',
  'template',
  'setting',
  'wallet'
]

/** `{noun}` and `{verb}` are the issue's; `{n}`, `{ms}` and `{id}` differ from event to event. */
export const exceptionTexts = [
  "Cannot read properties of undefined (reading '{noun}')",
  'Failed to {verb} {noun} {n}: upstream answered 502',
  '{noun} {n} could not be found',
  'duplicate key value violates unique constraint "{noun}s_{noun}_key"',
  'Timeout of {ms} ms exceeded while trying to {verb} {noun}',
  'connect ECONNREFUSED 10.4.0.7:5432',
  '{noun} is not a function',
  'The {noun} was changed by somebody else, {verb} it again',
  'invalid input syntax for type uuid: "{id}"',
  'deadlock detected while trying to {verb} {noun} {n}',
  'Unexpected end of JSON input in {noun} after {n} bytes',
  'Permission to {verb} {noun} denied for {id}',
  "'{noun}'",
  'Unable to {verb} {noun}: the {verb} limit of {n} was reached'
]

export const logTexts = [
  '{noun} queue is {n} entries behind, {verb} is delayed',
  'Slow {verb} of {noun} took {ms} ms',
  'Retrying to {verb} {noun} {id}',
  'Unknown {noun} "{id}" was ignored while trying to {verb}',
  'Could not {verb} {noun} {n}, using the cached one'
]

export function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}
