/** A page of a shop that uses @sentry/browser. The test bundles it and calls its functions. */
import * as Sentry from '@sentry/browser'
import { patienceMs, type Finished } from './messages.ts'

const page = { start, sendEverything, sendMessage, sendUntilTaken, throwUnhandled, rejectUnhandled }
export type Page = typeof page

declare global {
  var mesherPage: Page
}
globalThis.mesherPage = page

const finished: Finished = { ids: {}, closed: false, statuses: [] }

/** Headers of its own make a request not simple, so the browser sends a preflight first. */
function start(dsn: string, headers: Record<string, string>): void {
  const client = Sentry.init({
    dsn,
    debug: true,
    release: 'shop@1.2.3',
    environment: 'staging',
    transportOptions: { headers }
  })
  client?.on('afterSendEvent', (_event, { statusCode }) => {
    if (statusCode !== undefined) finished.statuses.push(statusCode)
  })
}

async function sendEverything(): Promise<Finished> {
  const { ids } = finished
  Sentry.setUser({ id: '17', email: 'ann@example.com' })
  Sentry.setTags({ plan: 'team', retries: 3, beta: true })
  Sentry.addBreadcrumb({ category: 'cart', message: 'added an item' })
  ids.exception = Sentry.captureException(new TypeError('cannot read the order', { cause: new Error('the cause') }))
  ids.message = Sentry.captureMessage('a message of the page', 'warning')
  ids.attachment = Sentry.withScope(scope => {
    scope.addAttachment({ filename: 'a.bin', data: new Uint8Array([0, 10, 13, 10, 255]) })
    return Sentry.captureException(new Error('with attachments'))
  })
  ids.feedback = Sentry.captureFeedback({
    message: 'It broke',
    name: 'Ann',
    email: 'ann@example.com',
    associatedEventId: ids.exception
  })
  await Sentry.flush(patienceMs)
  finished.closed = await Sentry.close(patienceMs)
  return finished
}

async function sendMessage(): Promise<Finished> {
  finished.ids.message = Sentry.captureMessage('a message with headers')
  finished.closed = await Sentry.close(patienceMs)
  return finished
}

function throwUnhandled(): void {
  setTimeout(() => {
    throw new RangeError('nobody caught this')
  })
}

function rejectUnhandled(): void {
  Promise.reject(new RangeError('nobody took this'))
}

/** Sends events one by one until one is accepted after another was refused. */
async function sendUntilTaken(): Promise<Finished> {
  const { ids, statuses } = finished
  for (let sent = 0; !(statuses.includes(429) && statuses.at(-1) === 200) && sent < 600; sent++) {
    ids[`event ${sent}`] = Sentry.captureException(new Error(`one of many: ${sent}`))
    await Sentry.flush(patienceMs)
    await new Promise(resolve => {
      setTimeout(resolve, 50)
    })
  }
  finished.closed = await Sentry.close(patienceMs)
  return finished
}
