// Goal: what a process had, and what others had because of it, goes with it. Method: rounds of processes that use
// everything and end; the heap after a collection must not grow from round to round.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { node, startProbe, until } from '../support.ts'

t.test(
  'processes that have come and gone leave no memory behind, whatever they had to do with one that stays',
  async t => {
    setFlagsFromString('--expose-gc')
    const collectGarbage: unknown = runInNewContext('gc')
    const mesh = node(t)
    const stays = startProbe(mesh, { trapExits: true })
    const round = async () => {
      for (let n = 0; n < 2_000; n++) {
        mesh.spawn<null, null>({
          init: self => {
            self.monitor(stays.pid)
            self.link(stays.pid)
            self.register('passing')
            self.sendAfter(null, 60_000)
            self.call(stays.pid, replyTo => ({ act: () => {}, replyTo })).catch(() => {})
            self.exit(self.pid, 'normal')
            return null
          },
          handle: state => state
        })
      }
      await until(() => mesh.processCount() === 1)
      let reminders = 0
      await stays.run(self => {
        const message = {
          act: () => {
            reminders += 1
          },
          replyTo: { node: 'node', incarnation: 1, call: 0 }
        }
        for (let n = 0; n < 2_000; n++) self.sendAfter(message, 0)
      })
      await until(() => reminders === 2_000)
      stays.signals.length = 0
      if (typeof collectGarbage === 'function') collectGarbage()
      return process.memoryUsage().heapUsed / 2 ** 20
    }
    for (let warmUp = 0; warmUp < 3; warmUp++) await round()
    const before = await round()
    for (let n = 0; n < 10; n++) await round()
    const grownMb = (await round()) - before
    t.ok(grownMb < 1, `grew by ${grownMb.toFixed(2)} MB`)
  }
)
