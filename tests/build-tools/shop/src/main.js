/** A page with a button whose click throws. The DSN is in its address. */
import * as Sentry from '@sentry/browser'
import { checkout } from './checkout.js'
import { build } from './build.js'

Sentry.init({ dsn: new URLSearchParams(globalThis.location.search).get('dsn') })
document.title = `Shop ${build().length}`

document.querySelector('button').addEventListener('click', function onPay() {
  checkout([{ price: 3 }])
})
globalThis.sent = () => Sentry.flush()
