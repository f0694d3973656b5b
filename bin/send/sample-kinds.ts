/**
 * The kinds of trouble that sample events are made of. `{n}` in a text becomes a number that differs from event to
 * event.
 */

export type Frame = {
  filename: string
  function: string
  module?: string
  lineno: number
  in_app: boolean
  context_line?: string
}

export type Kind = {
  /** How often it happens, relative to the others. */
  weight: number
  service: string
  platform: string
  level: 'fatal' | 'error' | 'warning' | 'info'
  /** Type of the exception; null for a plain message. */
  type: string | null
  text: string
  transaction: string
  method: string
  path: string
  logger: string
  runtime: { name: string; version: string }
  /** Oldest call first. */
  frames: Frame[]
  trail: [category: string, message: string][]
}

const node = { name: 'node', version: '22.18.0' }
const browser = { name: 'Firefox', version: '140.0' }
const python = { name: 'CPython', version: '3.13.5' }

export const kinds: readonly Kind[] = [
  {
    weight: 10,
    service: 'web',
    platform: 'javascript',
    level: 'error',
    type: 'TypeError',
    text: "Cannot read properties of undefined (reading 'price')",
    transaction: '/cart',
    method: 'GET',
    path: '/cart',
    logger: 'browser',
    runtime: browser,
    frames: [
      { filename: 'vendor/vue.esm.js', function: 'flushJobs', lineno: 482, in_app: false },
      {
        filename: 'src/pages/cart.ts',
        function: 'render',
        lineno: 41,
        in_app: true,
        context_line: 'const total = sumOf(items.value)'
      },
      {
        filename: 'src/cart/sum.ts',
        function: 'sumOf',
        lineno: 12,
        in_app: true,
        context_line: 'return items.reduce((sum, item) => sum + item.offer.price, 0)'
      }
    ],
    trail: [
      ['navigation', '/products → /cart'],
      ['ui.click', 'button.add-to-cart'],
      ['fetch', 'GET /api/cart 200']
    ]
  },
  {
    weight: 6,
    service: 'web',
    platform: 'javascript',
    level: 'error',
    type: 'ChunkLoadError',
    text: 'Loading chunk {n} failed.',
    transaction: '/checkout',
    method: 'GET',
    path: '/checkout',
    logger: 'browser',
    runtime: browser,
    frames: [
      {
        filename: 'src/router.ts',
        function: 'load',
        lineno: 27,
        in_app: true,
        context_line: "component: () => import('./pages/checkout.vue')"
      },
      { filename: 'assets/runtime.js', function: 'requireEnsure', lineno: 1, in_app: false }
    ],
    trail: [
      ['navigation', '/cart → /checkout'],
      ['fetch', 'GET /assets/checkout.js 404']
    ]
  },
  {
    weight: 5,
    service: 'orders',
    platform: 'node',
    level: 'error',
    type: 'PaymentDeclined',
    text: 'The bank declined order {n}',
    transaction: 'POST /orders',
    method: 'POST',
    path: '/orders',
    logger: 'orders',
    runtime: node,
    frames: [
      {
        filename: 'node:internal/process/task_queues',
        function: 'processTicksAndRejections',
        lineno: 105,
        in_app: false
      },
      {
        filename: '/app/src/orders/place.ts',
        function: 'placeOrder',
        lineno: 58,
        in_app: true,
        context_line: 'const receipt = await pay(order)'
      },
      {
        filename: '/app/src/payments/pay.ts',
        function: 'pay',
        lineno: 33,
        in_app: true,
        context_line: 'throw new PaymentDeclined(order.id)'
      }
    ],
    trail: [
      ['query', 'select … from carts'],
      ['http', 'POST https://bank.example/charges 402']
    ]
  },
  {
    weight: 4,
    service: 'search',
    platform: 'python',
    level: 'error',
    type: 'KeyError',
    text: "'currency'",
    transaction: 'search.views.suggest',
    method: 'GET',
    path: '/suggest',
    logger: 'search.views',
    runtime: python,
    frames: [
      {
        filename: 'django/core/handlers/base.py',
        module: 'django.core.handlers.base',
        function: '_get_response',
        lineno: 197,
        in_app: false
      },
      {
        filename: 'search/views.py',
        module: 'search.views',
        function: 'suggest',
        lineno: 64,
        in_app: true,
        context_line: 'offers = [price_of(hit) for hit in hits]'
      },
      {
        filename: 'search/prices.py',
        module: 'search.prices',
        function: 'price_of',
        lineno: 19,
        in_app: true,
        context_line: "return hit['amount'], hit['currency']"
      }
    ],
    trail: [['http', 'POST http://index:9200/products/_search 200']]
  },
  {
    weight: 3,
    service: 'stock',
    platform: 'java',
    level: 'error',
    type: 'java.lang.NullPointerException',
    text: 'Cannot invoke "Warehouse.shelf()" because "warehouse" is null',
    transaction: 'StockController.reserve',
    method: 'POST',
    path: '/stock/reservations',
    logger: 'com.example.stock.StockController',
    runtime: { name: 'OpenJDK', version: '21.0.8' },
    frames: [
      {
        filename: 'DispatcherServlet.java',
        module: 'org.springframework.web.servlet.DispatcherServlet',
        function: 'doDispatch',
        lineno: 1089,
        in_app: false
      },
      {
        filename: 'StockController.java',
        module: 'com.example.stock.StockController',
        function: 'reserve',
        lineno: 71,
        in_app: true
      },
      { filename: 'Shelves.java', module: 'com.example.stock.Shelves', function: 'find', lineno: 28, in_app: true }
    ],
    trail: [['query', 'select … from warehouses where region = ?']]
  },
  {
    weight: 2,
    service: 'mailer',
    platform: 'go',
    level: 'warning',
    type: '*net.OpError',
    text: 'dial tcp 10.4.0.7:25: connect: connection refused',
    transaction: 'mailer.deliver',
    method: 'POST',
    path: '/mails',
    logger: 'mailer',
    runtime: { name: 'go', version: '1.25' },
    frames: [
      { filename: 'cmd/mailer/main.go', module: 'main', function: 'run', lineno: 44, in_app: true },
      { filename: 'internal/smtp/send.go', module: 'mailer/internal/smtp', function: 'Send', lineno: 87, in_app: true },
      { filename: 'net/dial.go', module: 'net', function: 'Dial', lineno: 334, in_app: false }
    ],
    trail: [
      ['queue', 'took mail from the queue'],
      ['dns', 'smtp.internal → 10.4.0.7']
    ]
  },
  {
    weight: 2,
    service: 'reports',
    platform: 'python',
    level: 'fatal',
    type: 'MemoryError',
    text: 'Unable to allocate {n} MiB for an array',
    transaction: 'reports.tasks.monthly',
    method: 'POST',
    path: '/reports',
    logger: 'celery.worker',
    runtime: python,
    frames: [
      {
        filename: 'celery/app/trace.py',
        module: 'celery.app.trace',
        function: 'trace_task',
        lineno: 453,
        in_app: false
      },
      {
        filename: 'reports/tasks.py',
        module: 'reports.tasks',
        function: 'monthly',
        lineno: 31,
        in_app: true,
        context_line: 'table = pivot(rows, by=columns)'
      },
      {
        filename: 'reports/pivot.py',
        module: 'reports.pivot',
        function: 'pivot',
        lineno: 15,
        in_app: true,
        context_line: 'cells = numpy.zeros((len(rows), len(by)))'
      }
    ],
    trail: [
      ['query', 'select … from orders where month = ?'],
      ['task', 'monthly started']
    ]
  },
  {
    weight: 4,
    service: 'orders',
    platform: 'node',
    level: 'warning',
    type: null,
    text: 'Retrying the payment of order {n} after a timeout',
    transaction: 'POST /orders',
    method: 'POST',
    path: '/orders',
    logger: 'payments',
    runtime: node,
    frames: [],
    trail: [['http', 'POST https://bank.example/charges timed out after 5000 ms']]
  },
  {
    weight: 1,
    service: 'orders',
    platform: 'node',
    level: 'info',
    type: null,
    text: 'The nightly export wrote {n} rows',
    transaction: 'nightly-export',
    method: 'POST',
    path: '/exports',
    logger: 'exports',
    runtime: node,
    frames: [],
    trail: [['task', 'nightly-export started']]
  }
]
