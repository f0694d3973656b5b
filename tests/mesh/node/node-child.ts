/**
 * A node in a process of its own, for tests that kill and stop processes: `node-child.ts <name> <address to join>`. It
 * tells its parent when it is linked, answers calls by an echo that is registered as `echo/<name>`, and ends with its
 * parent.
 */
import { startMesh, startNode } from '../../../mesh/index.ts'
import type { ReplyTo } from '../../../mesh/types.ts'
import { cookie } from './node-support.ts'

const [name = '', address = ''] = process.argv.slice(2)
const mesh = startMesh({ name })
const node = await startNode(mesh, { cookie, protocol: 'test 1', listen: { host: '127.0.0.1', port: 0 } })
const echo = mesh.spawn<ReplyTo<number>, number>({
  init: () => 0,
  handle: (count, replyTo, self) => {
    self.reply(replyTo, count + 1)
    return count + 1
  }
})
node.names.register(`echo/${name}`, echo)
await node.connect(address)
process.send?.('linked')
process.on('disconnect', () => process.exit())
process.on('message', () => {
  node.stop().then(
    () => process.exit(),
    () => process.exit(1)
  )
})
