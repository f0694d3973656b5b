// Goal: a server gets the transport that was asked for, or an error that says why not and what to do. Method: the
// choice itself, with what this machine has.
import t from 'tap'
import { chooseTransport } from '../../edge/transport/choose.ts'
import { transportNames } from '../../schema/transports.ts'

const fastest = await chooseTransport(null)

t.test('node is to be had everywhere', async t => {
  const { transport, why } = await chooseTransport('node')
  t.equal(transport.name, 'node')
  t.match(why, /settings/)
})

t.test('without a wish uWebSockets.js serves where it has a binary, and the reason is told', async t => {
  t.ok(transportNames.includes(fastest.transport.name))
  t.match(fastest.why, fastest.transport.name === 'uws' ? /fits this machine/ : /has no binary here for Node.js/)
})

t.test('uWebSockets.js where it cannot be had ends the start', async t => {
  const chosen = await chooseTransport('uws').catch((error: unknown) => error)
  t.match(
    chosen,
    fastest.transport.name === 'uws'
      ? { transport: { name: 'uws' } }
      : { code: 'transport_unavailable', hint: /--transport/, message: /has no binary here/ }
  )
})

t.test('several processes share a port on every transport that can', async t => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const can = major > 22 || (major === 22 && minor >= 12)
  const chosen = await chooseTransport('node', true).catch((error: unknown) => error)
  t.match(chosen, can ? { transport: { name: 'node' } } : { code: 'transport_unavailable', hint: /22\.12.*--workers/ })
})
