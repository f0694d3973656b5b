/**
 * A program that uses @sentry/node like any other, in a process of its own and with `debug: true`. Arguments: major
 * version of the SDK, DSN, scenario. In the end it sends its parent what it has sent.
 */
import assert from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { requireTestPackage } from '../../support/packages.ts'
import { patienceMs, type Finished, type Scenario } from './messages.ts'

/** The part of the SDK that all versions have. */
type Sdk = {
  init(options: Record<string, unknown>): Client | undefined
  captureException(error: unknown): string
  captureMessage(message: string, level: 'warning'): string
  captureFeedback(feedback: { message: string; name: string; email: string; associatedEventId: string }): string
  captureCheckIn(checkIn: { monitorSlug: string; status: 'ok' }): string
  startSpan(options: { name: string }, work: () => void): void
  addBreadcrumb(breadcrumb: { category: string; message: string }): void
  setUser(user: { id: string; email: string }): void
  setTags(tags: Record<string, string | number | boolean>): void
  withScope(use: (scope: Scope) => string): string
  lastEventId(): string | undefined
  flush(timeoutMs: number): PromiseLike<boolean>
  close(timeoutMs: number): PromiseLike<boolean>
}
type Client = { on(hook: 'afterSendEvent', told: (event: object, response: { statusCode?: number }) => void): unknown }
type Scope = {
  addAttachment(attachment: { filename: string; data: string | Uint8Array }): unknown
  setExtra(name: string, value: unknown): unknown
}

const scenarios: Readonly<Record<Scenario, (sdk: Sdk, finished: Finished) => Promise<void>>> = {
  everything: sendEverything,
  uncaught: sendUncaught,
  rate_limited: sendUntilTaken
}

// tsx turns source maps on; the SDK then looks for its own sources and complains that they are missing.
process.setSourceMapsEnabled(false)

const [version = '', dsn, name] = process.argv.slice(2)
// What the SDK has is what its documentation says; a version that lacks it fails the test.
const functions = ['init', 'captureException', 'captureMessage', 'captureCheckIn', 'startSpan', 'addBreadcrumb']
const sdkSchema = v.custom<Sdk>(
  given =>
    typeof given === 'object' &&
    given !== null &&
    functions.every(name => typeof Reflect.get(given, name) === 'function')
)
const sdk = v.parse(sdkSchema, requireTestPackage('sentry', `sentry-node-${version}`))
assert(name === 'everything' || name === 'uncaught' || name === 'rate_limited')

const finished: Finished = { ids: {}, closed: false, statuses: [] }
const client = sdk.init({
  dsn,
  debug: true,
  release: 'shop@1.2.3',
  environment: 'staging',
  shutdownTimeout: patienceMs,
  tracesSampleRate: name === 'everything' ? 1 : 0
})
client?.on('afterSendEvent', (_event, { statusCode }) => {
  if (statusCode !== undefined) finished.statuses.push(statusCode)
})
await scenarios[name](sdk, finished)
if (name !== 'uncaught') process.send?.(finished, () => process.exit())

async function sendEverything(sdk: Sdk, { ids }: Finished): Promise<void> {
  sdk.setUser({ id: '17', email: 'ann@example.com' })
  sdk.setTags({ plan: 'team', retries: 3, beta: true })
  sdk.addBreadcrumb({ category: 'cart', message: 'added an item' })
  ids.exception = sdk.captureException(new TypeError('cannot read the order', { cause: new Error('the cause') }))
  ids.message = sdk.captureMessage('a message', 'warning')
  ids.attachment = sdk.withScope(scope => {
    scope.addAttachment({ filename: 'a.bin', data: new Uint8Array([0, 10, 13, 10, 255]) })
    scope.addAttachment({ filename: 'a.txt', data: 'some\ntext' })
    return sdk.captureException(new Error('with attachments'))
  })
  ids.feedback = sdk.captureFeedback({
    message: 'It broke',
    name: 'Ann',
    email: 'ann@example.com',
    associatedEventId: ids.exception
  })
  sdk.startSpan({ name: 'GET /cart' }, () => {
    sdk.startSpan({ name: 'query' }, () => {})
  })
  ids.checkIn = sdk.captureCheckIn({ monitorSlug: 'nightly', status: 'ok' })
  ids.rejection = await idOfRejection(sdk)
  ids.big = sdk.withScope(scope => {
    // Long enough for the SDK to compress it.
    scope.setExtra(
      'rows',
      Array.from({ length: 900 }, (_, row) => `row ${row} ${'x'.repeat(80)}`)
    )
    return sdk.captureException(new Error('with much beside it'))
  })
  finished.closed = await sdk.close(patienceMs)
}

/** The handler of the SDK runs when the error is not caught. */
async function idOfRejection(sdk: Sdk): Promise<string> {
  const before = sdk.lastEventId()
  Promise.reject(new RangeError('nobody took this'))
  while (sdk.lastEventId() === before) await sleep(5)
  return sdk.lastEventId() ?? ''
}

/** The SDK sends the error and ends the process with status 1. */
async function sendUncaught(sdk: Sdk, { ids }: Finished): Promise<void> {
  ids.before = sdk.captureMessage('still well', 'warning')
  await sdk.flush(patienceMs)
  setImmediate(() => {
    throw new Error('uncaught in the client')
  })
}

/**
 * Sends events one by one until one is accepted after another was refused. Events that the SDK keeps back have no
 * status.
 */
async function sendUntilTaken(sdk: Sdk, { ids, statuses }: Finished): Promise<void> {
  for (let sent = 0; !(statuses.includes(429) && statuses.at(-1) === 200) && sent < 600; sent++) {
    ids[`event ${sent}`] = sdk.captureException(new Error(`one of many: ${sent}`))
    await sdk.flush(patienceMs)
    await sleep(50)
  }
  finished.closed = await sdk.close(patienceMs)
}
