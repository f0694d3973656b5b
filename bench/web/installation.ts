/** A whole Mesher for the dashboard to stand in front of: its own data folder, a user who is logged in, a project full of issues and without a rate limit. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { freePort, startServer } from '../support/server.ts'

export type Installation = {
  url: string
  /** The path that the project's pages begin with. */
  project: string
  /** As a browser has it. */
  cookie: { name: string, value: string }
  /** An issue with many events. */
  issue: string
  /** Sends events until it is stopped; answers how many a second were accepted. */
  send: (ratePerS: number, seconds: number) => Promise<number>
  stop: () => Promise<void>
}

export type Contents = { events: number, issues: number }

const token = 'bench'
const owner = { email: 'bench@example.com', password: 'bench-password-1', name: 'Bench', organization: 'Bench' }
const program = fileURLToPath(new URL(`../../bin/mesher${extname(import.meta.url)}`, import.meta.url))
const sentSchema = v.object({ accepted: v.number(), seconds: v.number() })
const topSchema = v.object({ data: v.pipe(v.array(v.object({ id: v.string() })), v.minLength(1)) })

export async function install ({ events, issues }: Contents): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'mesher-bench-web-'))
  // Root lends the database to another user, who must be able to reach it.
  await chmod(folder, 0o711)
  const port = await freePort()
  const url = `http://localhost:${port}`
  const data = join(folder, 'data')
  const server = await startServer({ script: '../../bin/mesher', args: ['start', '--port', String(port), '--data', data], env: { MESHER_SETUP_TOKEN: token, MESHER_LOG_LEVEL: 'warn' }, url, readyPath: '/readyz' })
  const stop = async (): Promise<void> => {
    await server.stop()
    await rm(folder, { recursive: true })
  }
  try {
    const cookie = await setUp(url)
    await call(url, cookie, 'PATCH', '/projects/default/settings', { rate_limit_per_minute: null })
    await promisify(execFile)(process.execPath, [...process.execArgv, program, 'seed', '--project', 'default', '--days', '7', '--payload', 'full', '--events', String(events), '--issues', String(issues), '--data', data])
    const top = v.parse(topSchema, await call(url, cookie, 'GET', '/projects/default/stats/top-issues?limit=1'))
    return { url, project: '/bench/default', cookie, issue: top.data[0]?.id ?? '', send: async (rate, seconds) => await send(data, rate, seconds), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function setUp (url: string): Promise<Installation['cookie']> {
  const answer = await fetch(`${url}/api/v1/setup`, { method: 'POST', headers: { 'content-type': 'application/json', origin: url }, body: JSON.stringify({ token, ...owner }) })
  const [, name, value] = /^([^=]+)=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '') ?? []
  if (!answer.ok || name === undefined || value === undefined) throw new Error(`setting up answered ${answer.status}: ${await answer.text()}`)
  return { name, value }
}

async function call (url: string, { name, value }: Installation['cookie'], method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { origin: url, cookie: `${name}=${value}`, 'content-type': 'application/json' },
    ...body === undefined ? {} : { body: JSON.stringify(body) }
  })
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
  return await answer.json()
}

async function send (data: string, ratePerS: number, seconds: number): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, program, 'send', '--rate', String(ratePerS), '--count', String(ratePerS * seconds), '--json', '--data', data], { stdio: ['ignore', 'pipe', 'ignore'] })
  const sent = v.parse(sentSchema, JSON.parse(await outputOf(child)))
  return sent.accepted / sent.seconds
}

async function outputOf (child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => { text += chunk.toString() })
  await new Promise<void>((resolve, reject) => child.once('error', reject).once('close', () => resolve()))
  return text
}
