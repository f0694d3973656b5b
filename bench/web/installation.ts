/**
 * A whole Mesher for the dashboard to stand in front of: its own data folder, a user who is logged in, a project full
 * of issues and without a rate limit.
 */
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { sampleEvent } from '../../bin/send/sample-events.ts'
import { freePort, startServer } from '../support/server.ts'

export type Installation = {
  url: string
  /** Of the server, and the folder of its PostgreSQL. */
  pid: number
  postgres: string
  /** The DSN key of the project. */
  key: string
  /** The path that the project's pages begin with. */
  project: string
  /** As a browser has it. */
  cookie: { name: string; value: string }
  /** An issue with many events. */
  issue: string
  /** Sends the events of `mesher send`. Returns how many a second were accepted. */
  send: (ratePerS: number, seconds: number) => Promise<number>
  stop: () => Promise<void>
}

export type Contents = { events: number; issues: number }

const token = 'bench'
const owner = { email: 'bench@example.com', password: 'bench-password-1', name: 'Bench', organization: 'Bench' }
const program = fileURLToPath(new URL(`../../bin/mesher${extname(import.meta.url)}`, import.meta.url))
const sendEveryMs = 50
const acceptedSchema = v.object({ accepted: v.number() })
const keysSchema = v.object({ data: v.pipe(v.array(v.object({ public_key: v.string() })), v.minLength(1)) })
const topSchema = v.object({ data: v.pipe(v.array(v.object({ id: v.string() })), v.minLength(1)) })

export async function install({ events, issues }: Contents): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'mesher-bench-web-'))
  // Root lends the database to another user, who must be able to reach it.
  await chmod(folder, 0o711)
  const port = await freePort()
  const url = `http://localhost:${port}`
  const data = join(folder, 'data')
  const server = await startServer({
    script: '../../bin/mesher',
    args: ['start', '--port', String(port), '--data', data],
    env: { MESHER_SETUP_TOKEN: token, MESHER_LOG_LEVEL: 'warn' },
    url,
    readyPath: '/readyz'
  })
  const stop = async (): Promise<void> => {
    await server.stop()
    await rm(folder, { recursive: true })
  }
  try {
    const cookie = await setUp(url)
    await call(url, cookie, 'PATCH', '/projects/default/settings', { rate_limit_per_minute: null })
    await promisify(execFile)(process.execPath, [
      ...process.execArgv,
      program,
      'seed',
      '--project',
      'default',
      '--days',
      '7',
      '--payload',
      'full',
      '--events',
      String(events),
      '--issues',
      String(issues),
      '--data',
      data
    ])
    const top = v.parse(topSchema, await call(url, cookie, 'GET', '/projects/default/stats/top-issues?limit=1'))
    const keys = v.parse(keysSchema, await call(url, cookie, 'GET', '/projects/default/keys'))
    const key = keys.data[0]?.public_key ?? ''
    return {
      url,
      pid: server.pid,
      postgres: join(data, 'postgres'),
      key,
      project: '/bench/default',
      cookie,
      issue: top.data[0]?.id ?? '',
      send: async (rate, seconds) => await send(url, key, rate, seconds),
      stop
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function setUp(url: string): Promise<Installation['cookie']> {
  const answer = await fetch(`${url}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ token, ...owner })
  })
  const [, name, value] = /^([^=]+)=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '') ?? []
  if (!answer.ok || name === undefined || value === undefined) {
    throw new Error(`setting up answered ${answer.status}: ${await answer.text()}`)
  }
  return { name, value }
}

async function call(
  url: string,
  { name, value }: Installation['cookie'],
  method: string,
  path: string,
  body?: unknown
): Promise<unknown> {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { origin: url, cookie: `${name}=${value}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
  return await answer.json()
}

/** In bulk, twenty requests a second, so that sending takes little of the processor that the browser is to have. */
async function send(url: string, key: string, ratePerS: number, seconds: number): Promise<number> {
  const requests = (seconds * 1_000) / sendEveryMs
  const startedMs = performance.now()
  const accepted = await Promise.all(
    Array.from({ length: requests }, async (_, index) => {
      await sleep(index * sendEveryMs)
      const events = Array.from({ length: (ratePerS * sendEveryMs) / 1_000 }, () =>
        sampleEvent(Math.random, new Date())
      )
      const answer = await fetch(`${url}/api/v1/events/bulk`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-mesher-key': key },
        body: JSON.stringify(events)
      })
      return answer.ok ? v.parse(acceptedSchema, await answer.json()).accepted : 0
    })
  )
  return (accepted.reduce((sum, count) => sum + count, 0) / (performance.now() - startedMs)) * 1_000
}
