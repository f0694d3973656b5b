/** One command of the run, such as a type check. Its output is shown when it has ended: some run side by side. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { secondsSince, type Outcome } from './outcome.ts'

export async function step(name: string, ...[program, ...args]: [string, ...string[]]): Promise<Outcome> {
  const started = performance.now()
  const run = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, errors, [code]] = await Promise.all([text(run.stdout), text(run.stderr), once(run, 'exit')])
  const verdict = code === 0 ? 'ok' : 'FAILED'
  console.log(`\n== ${name}: ${verdict} in ${secondsSince(started)} s\n${out}${errors}`.trimEnd())
  if (code === 0) return { passed: 1, failed: 0, failures: [] }
  return { passed: 0, failed: 1, failures: [`${name}: ended with ${code}`] }
}
