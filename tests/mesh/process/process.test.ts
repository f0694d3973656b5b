// Goal: the life of one process: order, waiting for promises, giving way, and every kind of end.
// Method: real processes on a real mesh; a call after casts is the synchronisation, ends are awaited by exitOf.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { ExitError } from '../../../mesh/index.ts'
import type { CrashReport, DeadLetter } from '../../../mesh/index.ts'
import type { Behaviour, Pid, ReplyTo } from '../../../mesh/types.ts'
import { gate, node, startProbe, turn, until } from '../support.ts'

type CollectorMessage = { add: number } | { all: ReplyTo<number[]> } | { fail: unknown }

function collector(extra: Partial<Behaviour<CollectorMessage, number[]>> = {}): Behaviour<CollectorMessage, number[]> {
  return {
    init: () => [],
    handle: (numbers, message, self) => {
      if ('add' in message) return [...numbers, message.add]
      if ('fail' in message) throw message.fail
      self.reply(message.all, numbers)
      return numbers
    },
    ...extra
  }
}

const all = (replyTo: ReplyTo<number[]>): CollectorMessage => ({ all: replyTo })

t.test('mail is handled in the order in which it was sent, and the state goes from one to the next', async t => {
  const mesh = node(t)
  const pid = mesh.spawn(collector())
  t.same(
    [1, 2, 3].map(add => mesh.cast(pid, { add })),
    ['ok', 'ok', 'ok']
  )
  t.same(await mesh.call(pid, all), [1, 2, 3])
})

t.test('the mailbox waits for an init and for a handler that are async', async t => {
  const mesh = node(t)
  const [starting, handling] = [gate(), gate()]
  const pid = mesh.spawn(
    collector({
      init: async () => {
        await starting.passed
        return [0]
      },
      handle: async (numbers, message, self) => {
        if ('add' in message) {
          await handling.passed
          return [...numbers, message.add]
        }
        if ('all' in message) self.reply(message.all, numbers)
        return numbers
      }
    })
  )
  mesh.cast(pid, { add: 1 })
  const answer = mesh.call(pid, all)
  t.equal(mesh.processInfo(pid)?.state, 'starting')
  starting.open()
  await until(() => mesh.processInfo(pid)?.mailboxLength === 1)
  t.equal(mesh.processInfo(pid)?.state, 'busy')
  handling.open()
  t.same(await answer, [0, 1])
  await turn()
  t.equal(mesh.processInfo(pid)?.state, 'idle')
})

t.test('what each sender sends arrives in its order, whatever the interleaving', async () => {
  type Step = { sender: number; pause: boolean; slow: boolean }
  const steps = fc.array(fc.record<Step>({ sender: fc.nat({ max: 3 }), pause: fc.boolean(), slow: fc.boolean() }), {
    maxLength: 60
  })
  await fc.assert(
    fc.asyncProperty(steps, async steps => {
      const teardowns: (() => void)[] = []
      const mesh = node({
        teardown: stop => {
          teardowns.push(stop)
        }
      })
      const got: number[][] = [[], [], [], []]
      const receiver = mesh.spawn<{ from: number; n: number; slow: boolean } | ReplyTo<null>, null>({
        init: () => null,
        handle: (state, message, self) => {
          if ('call' in message) self.reply(message, null)
          else got[message.from]?.push(message.n)
          return 'slow' in message && message.slow ? turn().then(() => state) : state
        }
      })
      const senders = await Promise.all(got.map(async () => startProbe(mesh)))
      const sent = got.map(() => 0)
      for (const { sender, pause, slow } of steps) {
        const n = sent[sender] ?? 0
        sent[sender] = n + 1
        const sending = senders[sender]?.run(self => self.cast(receiver, { from: sender, n, slow }))
        if (pause) await sending
      }
      await Promise.all(senders.map(({ flush }) => flush()))
      await mesh.call<ReplyTo<null>, null>(receiver, replyTo => replyTo)
      for (const stop of teardowns) stop()
      assert.deepEqual(
        got,
        sent.map(count => Array.from({ length: count }, (_, n) => n))
      )
    }),
    { numRuns: 50 }
  )
})

t.test('a process with endless mail lets timers and sockets have their turn', async t => {
  const mesh = node(t)
  let rounds = 0
  let turned = false
  const pid: Pid<null> = mesh.spawn<null, null>({
    init: () => null,
    handle: (state, _, self) => {
      rounds += 1
      if (!turned) self.cast(pid, null)
      return state
    }
  })
  mesh.cast(pid, null)
  // Only what runs already can keep a timer waiting.
  await until(() => rounds > 1)
  await new Promise(resolve => {
    setTimeout(resolve, 5)
  })
  turned = true
  t.ok(rounds > 1)
})

t.test('a process with endless mail and an async handler lets timers have their turn too', async t => {
  const mesh = node(t)
  let rounds = 0
  let turned = false
  const pid: Pid<null> = mesh.spawn<null, null>({
    init: () => null,
    handle: async (state, _, self) => {
      rounds += 1
      if (!turned) self.cast(pid, null)
      return state
    }
  })
  mesh.cast(pid, null)
  await until(() => rounds > 1)
  await new Promise(resolve => {
    setTimeout(resolve, 5)
  })
  turned = true
})

for (const stage of ['init', 'handle', 'info', 'terminate'] as const) {
  for (const manner of ['throws', 'rejects'] as const) {
    t.test(
      `a process whose ${stage} ${manner} ends with the error, is reported once, and harms nobody else`,
      async t => {
        const reports: CrashReport[] = []
        const mesh = node(t, { onCrash: report => reports.push(report) })
        const fail = (): Promise<never> => {
          if (manner === 'throws') throw new TypeError('oh no')
          return Promise.reject(new TypeError('oh no'))
        }
        const bystander = mesh.spawn(collector())
        const pid = mesh.spawn<null, null>(
          {
            init: self => {
              self.trapExits(true)
              return stage === 'init' ? fail() : null
            },
            handle: (state, _, self) => {
              if (stage === 'info') self.monitor({ ...self.pid, serial: 999 })
              if (stage === 'terminate') self.exit(self.pid, 'normal')
              return stage === 'handle' ? fail() : state
            },
            info: () => fail(),
            terminate: () => (stage === 'terminate' ? fail() : undefined)
          },
          { label: 'fragile' }
        )
        const ended = mesh.exitOf(pid)
        mesh.cast(pid, null)
        t.match(await ended, { error: { name: 'TypeError', message: 'oh no' } })
        t.match(reports, [{ pid, label: 'fragile', during: stage }])
        t.equal(reports.length, 1)
        t.same(await mesh.call(bystander, all), [])
      }
    )
  }
}

t.test('after a crash terminate gets the last good state and the error', async t => {
  const mesh = node(t)
  const seen: unknown[] = []
  const pid = mesh.spawn(
    collector({
      terminate: (state, reason) => {
        seen.push(state, reason)
      }
    })
  )
  const ended = mesh.exitOf(pid)
  mesh.cast(pid, { add: 1 })
  mesh.cast(pid, { fail: 'a string' })
  const reason = await ended
  t.match(reason, { error: { name: 'Thrown', message: "'a string'" } })
  t.same(seen, [[1], reason])
})

t.test('a crash in terminate after a crash leaves the first reason', async t => {
  const mesh = node(t)
  const pid = mesh.spawn(
    collector({
      terminate: () => {
        throw new Error('second')
      }
    })
  )
  const ended = mesh.exitOf(pid)
  mesh.cast(pid, { fail: new Error('first') })
  t.match(await ended, { error: { message: 'first' } })
})

t.test('terminate does not run for a process that never got through its init', async t => {
  const mesh = node(t)
  let terminated = false
  const pid = mesh.spawn(
    collector({
      init: () => {
        throw new Error('no')
      },
      terminate: () => {
        terminated = true
      }
    })
  )
  await mesh.exitOf(pid)
  t.equal(terminated, false)
})

t.test('an exit waits for the message that is being handled and for terminate', async t => {
  const mesh = node(t)
  const [handling, terminating] = [gate(), gate()]
  const steps: string[] = []
  const pid = mesh.spawn<null, null>({
    init: () => null,
    handle: async state => {
      await handling.passed
      steps.push('handled')
      return state
    },
    terminate: async (_, reason) => {
      steps.push(`terminating ${JSON.stringify(reason)}`)
      await terminating.passed
    }
  })
  mesh.cast(pid, null)
  mesh.cast(pid, null)
  await turn()
  mesh.exit(pid, 'shutdown')
  const ended = mesh.exitOf(pid)
  handling.open()
  await until(() => steps.length === 2)
  t.equal(mesh.isAlive(pid), true)
  terminating.open()
  t.equal(await ended, 'shutdown')
  t.same(steps, ['handled', 'terminating "shutdown"'])
  t.equal(mesh.deadLetters(), 1)
})

t.test('a kill abandons what an async handler awaits and ignores its late result', async t => {
  for (const outcome of ['resolve', 'reject'] as const) {
    const reports: CrashReport[] = []
    const mesh = node(t, { onCrash: report => reports.push(report) })
    const steps: string[] = []
    const held = gate()
    const pid = mesh.spawn<null, string>({
      init: self => {
        self.signal.addEventListener('abort', () => steps.push('aborted'))
        return 'old'
      },
      handle: async () => {
        await held.passed
        steps.push('late')
        if (outcome === 'reject') throw new Error('late')
        return 'new'
      },
      terminate: () => {
        steps.push('terminated')
      }
    })
    mesh.cast(pid, null)
    mesh.cast(pid, null)
    await turn()
    const ended = mesh.exitOf(pid)
    mesh.exit(pid, 'killed')
    t.equal(mesh.isAlive(pid), false)
    t.equal(await ended, 'killed')
    t.same(steps, ['aborted'])
    held.open()
    await turn()
    t.same(steps, ['aborted', 'late'])
    t.same(reports, [])
  }
})

t.test('a kill reaches a process in its init and in its terminate', async t => {
  const mesh = node(t)
  const held = gate()
  const starting = mesh.spawn(
    collector({
      init: async () => {
        await held.passed
        return []
      }
    })
  )
  const ending = mesh.spawn(collector({ terminate: () => held.passed }))
  await turn()
  mesh.exit(ending, 'shutdown')
  await turn()
  const ends = [mesh.exitOf(starting), mesh.exitOf(ending)]
  mesh.exit(starting, 'killed')
  mesh.exit(ending, 'killed')
  t.same(await Promise.all(ends), ['killed', 'killed'])
  held.open()
  await turn()
})

t.test('a process that is killed in its init stays dead when the init is done', async t => {
  const mesh = node(t)
  const held = gate()
  const parent = startProbe(mesh)
  const other = mesh.spawn(collector())
  const steps: string[] = []
  const pid = mesh.spawn<null, null>(
    {
      init: async self => {
        await held.passed
        setImmediate(() => steps.push(self.cast(other, { add: 1 })))
        return null
      },
      handle: state => state
    },
    { startedTo: parent.pid }
  )
  await turn()
  mesh.exit(pid, 'killed')
  held.open()
  await until(() => steps.length === 1)
  await parent.flush()
  t.same(steps, ['noproc'])
  t.same(parent.signals, [])
})

t.test('who wants to know of a start is told once init is done', async t => {
  const mesh = node(t)
  const parent = startProbe(mesh)
  const pid = mesh.spawn(collector(), { startedTo: parent.pid })
  await mesh.call(pid, all)
  await parent.flush()
  t.same(parent.signals, [{ type: 'started', pid }])
})

t.test('a process that kills itself finishes its function, awaits nothing more, and runs no terminate', async t => {
  const mesh = node(t)
  const steps: string[] = []
  const other = mesh.spawn(collector())
  const held = gate()
  const pid = mesh.spawn<null, null>({
    init: () => null,
    handle: async (state, _, self) => {
      self.exit(self.pid, 'normal')
      self.exit(self.pid, 'killed')
      steps.push(self.cast(other, { add: 1 }))
      await held.passed
      return state
    },
    terminate: () => {
      steps.push('terminated')
    }
  })
  const ended = mesh.exitOf(pid)
  mesh.cast(pid, null)
  t.equal(await ended, 'killed')
  t.same(steps, ['ok'])
  held.open()
})

t.test('a process that ends itself ends before its next message, also when asleep and when it traps exits', async t => {
  const mesh = node(t)
  const probe = startProbe(mesh, { trapExits: true })
  const self = await probe.run(self => self)
  const ended = mesh.exitOf(probe.pid)
  self.exit(self.pid, 'normal')
  t.equal(await ended, 'normal')
  t.same(probe.reasons, ['"normal"'])
  t.same(probe.signals, [])
})

t.test('a dead process acts no more, whatever it left running', async t => {
  const letters: DeadLetter[] = []
  const mesh = node(t, { onDeadLetter: letter => letters.push(letter) })
  const other = mesh.spawn(collector())
  const zombie = startProbe(mesh)
  const self = await zombie.run(self => self)
  const pending = self.call(other, () => ({ add: 1 }))
  mesh.exit(zombie.pid, 'killed')

  await t.rejects(pending, new ExitError('killed'))
  t.equal(self.cast(other, { add: 2 }), 'noproc')
  self.exit(other, 'killed')
  self.register('name')
  self.link(other)
  self.monitor(other)
  self.receiveTimeout(1)
  const act = { act: () => t.fail('a dead process was reminded'), replyTo: { node: 'node', incarnation: 1, call: 0 } }
  self.sendAfter(act, 0)()
  self.sendEvery(act, 1)
  self.started()
  t.throws(() => self.spawn(collector()), new ExitError('noproc'))
  await t.rejects(self.call(other, all), new ExitError('noproc'))
  t.equal(self.signal.aborted, true)
  const addresses: ReplyTo<number[]>[] = []
  const call = mesh.call(other, (replyTo: ReplyTo<number[]>) => {
    addresses.push(replyTo)
    return { all: replyTo }
  })
  for (const replyTo of addresses) self.reply(replyTo, [666])
  t.same(await call, [1])
  t.match(letters, [{ to: other, message: { add: 2 }, why: 'ended' }])
  t.equal(mesh.whereis('name'), undefined)
})

t.test('mail left in the mailbox of a dead process is counted as dead letters', async t => {
  const letters: DeadLetter[] = []
  const mesh = node(t, { onDeadLetter: letter => letters.push(letter) })
  const pid = mesh.spawn(collector())
  const ended = mesh.exitOf(pid)
  mesh.cast(pid, { fail: 1 })
  mesh.cast(pid, { add: 1 })
  mesh.cast(pid, { add: 2 })
  await ended
  await turn()
  t.same(letters, [
    { to: pid, message: { add: 1 }, why: 'ended' },
    { to: pid, message: { add: 2 }, why: 'ended' }
  ])
  t.equal(mesh.cast(pid, { add: 3 }), 'noproc')
  t.equal(mesh.deadLetters(), 3)
})

t.test('a hook that throws does so outside the runtime', async t => {
  const mesh = node(t, {
    onCrash: () => {
      throw new Error('bad hook')
    }
  })
  const escaped = new Promise<unknown>(resolve => {
    const caught = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', error => {
      for (const listener of caught) process.on('uncaughtException', listener)
      resolve(error)
    })
  })
  const pid = mesh.spawn(collector())
  const ended = mesh.exitOf(pid)
  mesh.cast(pid, { fail: new Error('crash') })
  t.match(await ended, { error: { message: 'crash' } })
  t.match(await escaped, { message: 'bad hook' })
})
