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

type Answer = { status: number; body: string } | { error: Error }

export async function checkServer(config: Pick<Config, 'host' | 'port'>): Promise<Finding> {
  const { ok, warn, fail } = findingsOf('server')
  const url = localUrlOf(config)
  if (config.port === 0) return ok('any free port will be taken')
  const health = await ask(`${url}/healthz`)
  if ('error' in health) {
    const problem = await portProblem(config)
    if (problem === null) return ok(`does not run; ${config.host}:${config.port} is free for it`)
    return fail(`${problem.text} (asked over HTTP: ${sentenceOf(health.error)})`, problem.hint)
  }

  const ready = v.is(aliveSchema, health.body) ? await ask(`${url}/readyz`) : null
  if (ready === null || 'error' in ready) {
    return fail(
      `port ${config.port} is taken by a program that is not Mesher`,
      'Stop it, or choose another port with --port. "ss -ltnp" tells which it is.'
    )
  }
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

/** Why it spools, as it says itself; undefined while the database takes its events. */
function spoolingText(body: string): string | undefined {
  const answer = v.safeParse(readinessSchema, body)
  const storage = answer.success ? answer.output.checks.find(({ name }) => name === 'storage') : undefined
  return storage?.detail.startsWith('events are spooled') ? storage.detail : undefined
}

function reasonsOf(body: string): string {
  const answer = v.safeParse(readinessSchema, body)
  if (!answer.success) return 'it does not say why'
  return answer.output.checks
    .filter(({ ok }) => !ok)
    .map(({ detail }) => detail)
    .join('; ')
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
