/** Checks of the port: who answers there, or whether a server could listen. A running server is asked how it is. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import * as v from 'valibot'
import type { Config } from '../../schema/config.ts'
import { localUrlOf } from '../support/addresses.ts'
import { sentenceOf } from '../support/failure.ts'
import { findingsOf, type Finding } from './finding.ts'

const answerMsMax = 3_000
const aliveSchema = v.pipe(v.string(), v.parseJson(), v.object({ status: v.literal('alive') }))
const readinessSchema = v.pipe(v.string(), v.parseJson(), v.object({ checks: v.array(v.object({ ok: v.boolean(), detail: v.string() })) }))

type Answer = { status: number, body: string } | { error: Error }

export async function checkServer (config: Pick<Config, 'host' | 'port'>): Promise<Finding> {
  const { ok, warn, fail } = findingsOf('server')
  const url = localUrlOf(config)
  if (config.port === 0) return ok('any free port will be taken')
  const health = await ask(`${url}/healthz`)
  if ('error' in health) return await checkListening(config, health.error)

  const ready = v.is(aliveSchema, health.body) ? await ask(`${url}/readyz`) : null
  if (ready === null || 'error' in ready) {
    return fail(`port ${config.port} is taken by a program that is not Mesher`, 'Stop it, or choose another port with --port. "ss -ltnp" tells which it is.')
  }
  if (ready.status === 200) return ok(`runs at ${url} and is ready`)
  return warn(`runs at ${url} but is not ready: ${reasonsOf(ready.body)}`, 'Its log says what it waits for; usually the database.')
}

function reasonsOf (body: string): string {
  const answer = v.safeParse(readinessSchema, body)
  if (!answer.success) return 'it does not say why'
  return answer.output.checks.filter(({ ok }) => !ok).map(({ detail }) => detail).join('; ')
}

/** Nobody speaks HTTP there: either nobody is there, or somebody who speaks something else. */
async function checkListening ({ host, port }: Pick<Config, 'host' | 'port'>, asked: Error): Promise<Finding> {
  const { ok, fail } = findingsOf('server')
  const server = createServer().listen({ port, host })
  try {
    await once(server, 'listening')
    return ok(`does not run; ${host}:${port} is free for it`)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') return fail(`port ${port} is taken by a program that does not answer HTTP (${sentenceOf(asked)})`, 'Stop it, or choose another port with --port. "ss -ltnp" tells which it is.')
    if (code === 'EACCES') return fail(`port ${port} may not be used by this user`, 'Ports below 1024 belong to root: choose another with --port.')
    return fail(`${host}:${port} cannot be listened on: ${sentenceOf(error)}`, 'Choose an address of this machine with --host, or 0.0.0.0 for all.')
  } finally {
    server.close()
  }
}

async function ask (url: string): Promise<Answer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerMsMax) })
    return { status: response.status, body: (await response.text()).trim() }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return { error: cause instanceof Error ? cause : new Error(String(cause)) }
  }
}
