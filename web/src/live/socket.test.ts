// Goal: the connection comes back with growing pauses, resumes where it was, notices a dead way, and says when what is
// shown may be old. Method: the test is the server, the clock and chance; nothing waits.
import { describe, expect, it } from 'vitest'
import type { ServerMessage } from '../api/types.ts'
import type { WireEvents } from './reconnecting.ts'
import { connection } from './socket.ts'

function harness() {
  const timers = new Set<{ at: number; run: () => void }>()
  const wires: (WireEvents & { sent: Record<string, unknown>[]; closed: boolean })[] = []
  const clock = { ms: 0 }
  const live = connection({
    open: events => {
      const wire = { ...events, sent: [] as Record<string, unknown>[], closed: false }
      wires.push(wire)
      return {
        send: text => {
          wire.sent.push(JSON.parse(text))
        },
        close: () => {
          wire.closed = true
        }
      }
    },
    now: () => clock.ms,
    random: () => 1,
    after: (ms, run) => {
      const timer = { at: clock.ms + ms, run }
      timers.add(timer)
      return () => timers.delete(timer)
    }
  })
  let resyncs = 0
  let gaps = 0
  live.onResync(isGap => {
    resyncs += 1
    if (isGap) gaps += 1
  })

  function later(ms: number): void {
    const end = clock.ms + ms
    for (;;) {
      const next = [...timers].filter(timer => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      timers.delete(next)
      clock.ms = next.at
      next.run()
    }
    clock.ms = end
  }
  const wire = () => {
    const last = wires.at(-1)
    if (last === undefined) throw new Error('nothing was opened')
    return last
  }
  return {
    live,
    later,
    wire,
    wires,
    say: (message: ServerMessage) => wire().onText(JSON.stringify(message)),
    resyncs: () => resyncs,
    gaps: () => gaps
  }
}

describe('connection', () => {
  it('follows a project once it is open', () => {
    const { live, wire } = harness()
    live.follow('7')
    live.start()
    expect(live.state.value).toBe('connecting')
    wire().onOpen()
    expect(live.state.value).toBe('live')
    expect(wire().sent).toEqual([{ type: 'subscribe', project: '7', filters: {} }])
  })

  it('leaves one project for the other', () => {
    const { live, wire } = harness()
    live.start()
    wire().onOpen()
    live.follow('7', { level: ['error'] })
    live.follow('8')
    live.follow(null)
    expect(wire().sent).toEqual([
      { type: 'subscribe', project: '7', filters: { level: ['error'] } },
      { type: 'unsubscribe', project: '7' },
      { type: 'subscribe', project: '8', filters: {} },
      { type: 'unsubscribe', project: '8' }
    ])
  })

  it('resumes after the last position that it heard of, and has all else asked for again', () => {
    const { live, wire, later, say, resyncs, gaps } = harness()
    live.follow('7')
    live.start()
    wire().onOpen()
    say({ type: 'subscribed', project: '7', seq: 'a-1' })
    say({ type: 'events', project: '7', seq: 'a-5', events: [] })
    say({ type: 'events', project: '9', seq: 'a-9', events: [] })
    wire().onClose()
    expect(live.state.value).toBe('retrying')
    later(500)
    wire().onOpen()
    expect(wire().sent).toEqual([{ type: 'subscribe', project: '7', filters: {}, after: 'a-5' }])
    expect([resyncs(), gaps()]).toEqual([1, 0])
  })

  it('tells of events that are missing: after a gap and a loss', () => {
    const { live, wire, later, say, resyncs, gaps } = harness()
    live.follow('7')
    live.start()
    wire().onOpen()
    say({ type: 'subscribed', project: '7', seq: 'b-1', gap: true })
    expect(gaps()).toBe(1)
    say({ type: 'dropped', count: 3 })
    expect(gaps()).toBe(2)
    wire().onClose()
    later(61_000)
    wire().onOpen()
    expect([resyncs(), gaps()]).toEqual([3, 2])
  })

  it('passes over what it does not know', () => {
    const { live, wire } = harness()
    const heard: string[] = []
    live.listen(({ type }) => heard.push(type))
    live.follow('7')
    live.start()
    wire().onOpen()
    for (const text of ['null', '7', '[]', '{}', '{"type":"toString"}', '{"type":"news"}']) wire().onText(text)
    wire().onText('{"type":"events","project":"7","seq":5,"events":[]}')
    wire().onText('{"type":"pong"}')
    expect(heard).toEqual(['pong'])
  })

  it('waits longer each time, at most half a minute, and turns stale after one', () => {
    const { live, wire, wires, later } = harness()
    live.start()
    const pauses = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]
    for (const [index, pause] of pauses.entries()) {
      wire().onClose()
      later(pause - 1)
      expect(wires).toHaveLength(index + 1)
      later(1)
      expect(wires).toHaveLength(index + 2)
    }
    expect(live.state.value).toBe('stale')
    wire().onOpen()
    expect(live.state.value).toBe('live')
    wire().onClose()
    later(500)
    expect(wires, 'what was open begins anew').toHaveLength(pauses.length + 2)
  })

  it('tries at once when it is told to', () => {
    const { live, wire, wires } = harness()
    live.start()
    wire().onClose()
    live.retryNow()
    live.retryNow()
    expect(wires).toHaveLength(2)
  })

  it('notices that nothing comes any more', () => {
    const { live, wire, wires, later, say } = harness()
    live.start()
    wire().onOpen()
    later(2_000)
    expect(wire().sent).toEqual([{ type: 'ping' }])
    say({ type: 'pong' })
    later(10_000)
    expect(wires[0]?.closed).toBe(true)
    later(500)
    expect(wires).toHaveLength(2)
  })

  it('hears nothing while nobody looks, and catches up when somebody does', () => {
    const { live, wire, say, resyncs } = harness()
    live.follow('7')
    live.start()
    wire().onOpen()
    say({ type: 'subscribed', project: '7', seq: 'a-1' })
    live.rest()
    live.rest()
    expect(wire().sent.slice(1)).toEqual([{ type: 'unsubscribe', project: '7' }])
    live.follow('8')
    live.wake()
    live.wake()
    expect(wire().sent.slice(-1)).toEqual([{ type: 'subscribe', project: '8', filters: {} }])
    expect(resyncs()).toBe(1)
  })

  it('stays away once it is stopped', () => {
    const { live, wire, wires, later } = harness()
    live.start()
    wire().onOpen()
    live.stop()
    wire().onClose()
    later(120_000)
    expect(wires).toHaveLength(1)
    expect(wires[0]?.closed).toBe(true)
  })
})
