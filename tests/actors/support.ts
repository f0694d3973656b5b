/**
 * What the tests of the actors share: a mesh that ends with its test, neighbours that keep their mail, functions behind
 * gates.
 */
import { mintBulkSeed } from '../../events/event-ids.ts'
import { processName, startMesh, type LocalMesh } from '../../mesh/index.ts'
import type { Behaviour, Pid, ProcessName } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { Reply } from '../../schema/outcomes.ts'
import type { IngestKey, IngestRequest, PreparedBatch, RepliesMessage, ReplyAddress } from '../../schema/pipeline.ts'
import type { CommittedBatch } from '../../services/commit/committed-batch.ts'
import { preparedBatch, preparedEvent } from '../support/prepared.ts'
import type { Awaited } from '../../actors/storage/messages.ts'

type Test = { teardown: (stop: () => void) => void }

export type Inbox<Message> = {
  pid: Pid<Message>
  /** All that came so far, in order. */
  mail: Message[]
  /** What came since the last time somebody took it. */
  take: () => Message[]
}

export function node(t: Test): LocalMesh {
  const mesh = startMesh({ name: 'node', incarnation: 1 })
  t.teardown(mesh.stop)
  return mesh
}

/** A process that stands for a neighbour: it keeps what it is sent, and `onMail` may answer. */
export function inbox<Message>(
  mesh: LocalMesh,
  name?: ProcessName<Message>,
  onMail: (message: Message) => void = () => {}
): Inbox<Message> {
  const mail: Message[] = []
  let taken = 0
  const behaviour: Behaviour<Message, null> = {
    init: () => null,
    handle: (state, message) => {
      mail.push(message)
      onMail(message)
      return state
    }
  }
  return {
    pid: mesh.spawn(behaviour, name === undefined ? {} : { name }),
    mail,
    take: () => {
      const from = taken
      taken = mail.length
      return mail.slice(from)
    }
  }
}

export function neighbour<Message>(
  mesh: LocalMesh,
  name: string
): { name: ProcessName<Message>; inbox: Inbox<Message> } {
  const registered = processName<Message>(name)
  return { name: registered, inbox: inbox(mesh, registered) }
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}

/** Resolves when all mail has been handled, and what that set going at once has been too. Timers are not waited for. */
export async function quiet(mesh: LocalMesh): Promise<void> {
  for (let idleTurns = 0; idleTurns < 3;) {
    await turn()
    const busy = mesh.processes().some(({ state, mailboxLength }) => state !== 'idle' || mailboxLength > 0)
    idleTurns = busy ? 0 : idleTurns + 1
  }
}

/** Waits for something that must come; a test that waits in vain is ended by its own limit. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await turn()
}

/** One call of a function that the test lets succeed or fail. */
export type GatedCall<Args extends unknown[], Result> = {
  args: Args
  succeed: (result: Result) => void
  fail: (error: unknown) => void
}

export type Gated<Args extends unknown[], Result> = {
  run: (...args: Args) => Promise<Result>
  calls: GatedCall<Args, Result>[]
  last: () => GatedCall<Args, Result>
}

export function gated<Args extends unknown[], Result>(): Gated<Args, Result> {
  const calls: GatedCall<Args, Result>[] = []
  return {
    calls,
    last: () => {
      const call = calls.at(-1)
      if (call === undefined) throw new Error('nobody has called yet')
      return call
    },
    run: (...args) =>
      new Promise((resolve, reject) => {
        calls.push({ args, succeed: resolve, fail: reject })
      })
  }
}

/** A log that keeps what it is told, as `level: text`. */
export function keptLog(): { log: Log; lines: string[] } {
  const lines: string[] = []
  const at = (level: string) => (first: unknown, second?: unknown) => {
    lines.push(`${level}: ${String(second ?? first)}`)
  }
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
  return { log, lines }
}

/** What a commit says of batches that it stored whole. */
export function stored(batches: readonly PreparedBatch[]): CommittedBatch[] {
  return batches.map(({ id, events, sampledOut, quarantined }) => ({
    id,
    outcomes: [
      ...events.map(event => ({ id: event.id, outcome: 'stored' as const })),
      ...sampledOut.map(event => ({ id: event.id, outcome: 'sampled_out' as const })),
      ...quarantined.map(event => ({ id: event.id, outcome: 'quarantined' as const }))
    ],
    changes: [],
    stored: [],
    alreadyCommitted: false
  }))
}

/** A batch of so many events, and the addresses of one request for each. */
export function awaited(
  replyTo: Pid<RepliesMessage>,
  { events = 1, request = 1, doubtful = false, payload = '{}' } = {}
): Awaited {
  const batch = preparedBatch(Array.from({ length: events }, () => preparedEvent({ payload })))
  const addresses = batch.events.map(({ id }, index): ReplyAddress => ({
    id,
    replyTo,
    request: request + index,
    index: 0,
    total: 1
  }))
  return { batch, addresses, doubtful }
}

export function repliesIn(mail: readonly RepliesMessage[]): Reply[] {
  return mail.flatMap(({ replies }) => replies)
}

/** Replies in short: request and outcome, or request and the reason of the refusal. */
export function fates(mail: readonly RepliesMessage[]): string[] {
  return repliesIn(mail).map(reply => {
    if ('refusal' in reply) return `${reply.request} ${reply.refusal.reason}`
    return `${reply.request} ${reply.result.status === 202 ? reply.result.outcome : reply.result.reason}`
  })
}

export function ingestKey(others: Partial<IngestKey> = {}): IngestKey {
  return {
    keyId: 'key-1',
    publicKey: 'a'.repeat(32),
    rateLimitPerMinute: null,
    project: {
      projectId: 1,
      retentionDays: 30,
      sampleRate: 1,
      rateLimitPerMinute: null,
      scrub: { enabled: true, fields: [], safeFields: [], ip: 'keep' }
    },
    ...others
  }
}

let requests = 0

export function ingestRequest(
  replyTo: Pid<RepliesMessage>,
  { body = '{"message":"a"}', ...others }: Partial<Omit<IngestRequest, 'body'>> & { body?: string } = {}
): IngestRequest {
  return {
    request: ++requests,
    replyTo,
    seed: mintBulkSeed(),
    key: ingestKey(),
    format: 'event',
    encoding: '',
    body: Buffer.from(body),
    ...others
  }
}
