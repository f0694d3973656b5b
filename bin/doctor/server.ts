/**
 * Checks of the port: whether a Mesher or another program answers there, or whether a server could listen. A running
 * server is asked for its health.
 */
import * as v from 'valibot'
import type { Config } from '../../schema/config.ts'
import { localUrlOf } from '../support/addresses.ts'
import { sentenceOf } from '../support/failure.ts'
import { portProblem } from '../support/port.ts'
import { findingsOf, type Finding } from './finding.ts'

const answerMsMax = 3_000
const aliveSchema = v.pipe(v.string(), v.parseJson(), v.object({ status: v.literal('alive') }))
const readinessSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ checks: v.array(v.object({ name: v.string(), ok: v.boolean(), detail: v.string() })) })
)

type Answered = { status: number; body: string }
type Answer = Answered | { error: Error }

/** The server itself, and what it has to say of its address. */
export async function checkServer(config: Pick<Config, 'host' | 'port'>): Promise<Finding[]> {
  const { ok, fail } = findingsOf('server')
  const url = localUrlOf(config)
  if (config.port === 0) return [ok('any free port will be taken')]
  const health = await ask(`${url}/healthz`)
  if ('error' in health) {
    const problem = await portProblem(config)
    if (problem === null) return [ok(`does not run; ${config.host}:${config.port} is free for it`)]
    return [fail(`${problem.text} (asked over HTTP: ${sentenceOf(health.error)})`, problem.hint)]
  }

  const ready = v.is(aliveSchema, health.body) ? await ask(`${url}/readyz`) : null
  if (ready === null || 'error' in ready) {
    return [
      fail(
        `port ${config.port} is taken by a program that is not Mesher`,
        'Stop it, or choose another port with --port. "ss -ltnp" tells which it is.'
      )
    ]
  }
  return [readinessFinding(url, ready), ...addressFindings(ready.body)]
}

function readinessFinding(url: string, ready: Answered): Finding {
  const { ok, warn } = findingsOf('server')
  if (ready.status === 200) {
    const spooling = spoolingText(ready.body)
    if (spooling === undefined) return ok(`runs at ${url} and is ready`)
    return warn(`runs at ${url} and takes events, but ${spooling}`, 'See the findings of the database here.')
  }
  return warn(
    `runs at ${url} but is not ready: ${reasonsOf(ready.body)}`,
    'Its log says what it waits for; usually the database.'
  )
}

/** People came by an address that the server does not take for its own. */
function addressFindings(body: string): Finding[] {
  const advice = checksIn(body).find(({ name }) => name === 'address')?.detail
  if (advice === undefined) return []
  return [findingsOf('address').warn(advice, 'See docs/operations.md, "Behind a proxy".')]
}

/** Why it spools, as it says itself; undefined while the database takes its events. */
function spoolingText(body: string): string | undefined {
  const storage = checksIn(body).find(({ name }) => name === 'storage')
  return storage?.detail.startsWith('events are spooled') ? storage.detail : undefined
}

function checksIn(body: string): v.InferOutput<typeof readinessSchema>['checks'] {
  const answer = v.safeParse(readinessSchema, body)
  return answer.success ? answer.output.checks : []
}

function reasonsOf(body: string): string {
  const failed = checksIn(body).filter(({ ok }) => !ok)
  return failed.length === 0 ? 'it does not say why' : failed.map(({ detail }) => detail).join('; ')
}

async function ask(url: string): Promise<Answer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerMsMax) })
    return { status: response.status, body: (await response.text()).trim() }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return { error: cause instanceof Error ? cause : new Error(String(cause)) }
  }
}
