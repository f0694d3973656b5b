/**
 * A client of the live stream with one subscription. It connects again when the connection is lost, and resumes where
 * it was.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { WebSocket } from 'ws'
import type { StreamEvent } from '../../schema/stream.ts'
import { levels } from '../../schema/pipeline.ts'
import { CommandFailed } from '../support/failure.ts'

export type StreamTarget = { url: string; headers: Readonly<Record<string, string>>; project: string; filters: object }

export type StreamHooks = {
  onEvent: (event: StreamEvent) => void
  /** Called with news that is no event, such as a lost connection. */
  onNotice: (text: string) => void
  /** Ends the command. */
  signal: AbortSignal
}

const eventSchema = v.object({
  id: v.string(),
  issue_id: v.string(),
  title: v.string(),
  /** Nodes of version 0.2 and before do not say it. */
  culprit: v.optional(v.string(), ''),
  level: v.picklist(levels),
  environment: v.string(),
  release: v.string(),
  received_at: v.string()
})
const messageSchema = v.variant('type', [
  v.object({ type: v.literal('subscribed'), seq: v.string(), gap: v.optional(v.boolean()) }),
  v.object({ type: v.literal('events'), seq: v.string(), events: v.array(eventSchema) }),
  v.object({ type: v.literal('dropped'), count: v.number() }),
  v.object({ type: v.literal('error'), status: v.number(), detail: v.string() })
])

const pauseMs = 500
const pauseMsMax = 10_000
const pingMs = 30_000

/** Resolves when the signal is aborted; rejects when the server refuses for good. */
export async function streamLines(target: StreamTarget, hooks: StreamHooks): Promise<void> {
  let after: string | undefined
  let pause = pauseMs
  while (!hooks.signal.aborted) {
    const { seq, wasOpen } = await followOnce(target, after, hooks)
    after = seq
    if (hooks.signal.aborted) return
    pause = wasOpen ? pauseMs : Math.min(pause * 2, pauseMsMax)
    hooks.onNotice(`${wasOpen ? 'the connection was lost' : 'no connection'}; the next try is in ${pause / 1_000} s`)
    await sleep(pause, undefined, { signal: hooks.signal }).catch(() => undefined)
  }
}

/** Ends when the connection does, with the position it had reached. */
function followOnce(
  { url, headers, project, filters }: StreamTarget,
  after: string | undefined,
  { onEvent, onNotice, signal }: StreamHooks
): Promise<{ seq: string | undefined; wasOpen: boolean }> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/stream`, { headers })
    let seq = after
    let wasOpen = false
    const end = (): void => ws.terminate()
    const ping = setInterval(() => {
      if (ws.readyState === ws.OPEN) ws.send('{"type":"ping"}')
    }, pingMs)
    signal.addEventListener('abort', end, { once: true })

    function take(text: string): void {
      const parsed = v.safeParse(messageSchema, JSON.parse(text))
      if (!parsed.success) return
      const message = parsed.output
      if (message.type === 'error') return giveUp(new CommandFailed(message.detail), message.status < 500)
      if (message.type === 'dropped') {
        return onNotice(`${message.count} messages were left out, because this terminal did not keep up`)
      }
      seq = message.seq
      if (message.type === 'events') message.events.forEach(onEvent)
      else if (message.gap === true) onNotice('what came while the connection was lost is not shown')
    }
    function giveUp(error: Error, forGood: boolean): void {
      if (forGood) reject(error)
      ws.terminate()
    }

    ws.on('open', () => {
      wasOpen = true
      ws.send(JSON.stringify({ type: 'subscribe', project, filters, after }))
    })
    ws.on('message', data => take(String(data)))
    ws.on('unexpected-response', (_request, { statusCode = 0 }) =>
      giveUp(new CommandFailed(`the server refused the stream with ${statusCode}`), statusCode < 500)
    )
    // "close" follows and is handled.
    ws.on('error', () => {})
    ws.on('close', () => {
      clearInterval(ping)
      signal.removeEventListener('abort', end)
      resolve({ seq, wasOpen })
    })
  })
}
