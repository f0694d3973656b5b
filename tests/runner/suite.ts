/**
 * Runs test files, each as a process of its own, and prints a line for each when it has ended. A file is run by Node
 * alone: the `tap` command would cost half a second more for each. A file that hangs is killed and counts as failed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import pLimit from 'p-limit'
import { outcomeOf } from './tap.ts'
import { secondsSince, sum, type Outcome } from './outcome.ts'

export type Suite = {
  name: string
  /** Started in this order. */
  files: readonly string[]
  jobs: number
  /** Compiled files start in half the time; the build has to be there. */
  isCompiled: boolean
  env?: Readonly<Record<string, string>>
}

/** Of one test file: tap ends it then and says which case did not end. */
const fileSecondsMax = 300
/** A file that tap could not end, because its event loop hangs. */
const killMs = (fileSecondsMax + 30) * 1_000

export async function suite({ name, files, jobs, isCompiled, env = {} }: Suite): Promise<Outcome> {
  const started = performance.now()
  console.log(`\n== ${name}: ${files.length} files, ${jobs} at a time`)
  const limit = pLimit(jobs)
  const total = sum(await Promise.all(files.map(file => limit(() => runFile(file, isCompiled, env)))))
  console.log(`== ${name}: ${total.passed} passed, ${total.failed} failed in ${secondsSince(started)} s`)
  return { ...total, failures: total.failures.map(failure => `${name}: ${failure}`) }
}

async function runFile(file: string, isCompiled: boolean, env: Readonly<Record<string, string>>): Promise<Outcome> {
  const started = performance.now()
  const args = isCompiled ? [`dist/${file.replace(/\.ts$/, '.js')}`] : ['--import=tsx', file]
  const run = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: killMs,
    killSignal: 'SIGKILL',
    env: {
      ...process.env,
      TAP_TIMEOUT: String(fileSecondsMax),
      CHECK_SCHEMAS: '1',
      ...(isCompiled && { MESHER_TEST_BUILT: '1' }),
      ...env
    }
  })
  const [output, [code, signal]] = await Promise.all([text(run.stdout), once(run, 'exit')])
  const ending = code === 0 ? null : `it ended with ${code ?? signal}`
  const outcome = outcomeOf(file, output.split('\n'), ending)
  const verdict = outcome.failed === 0 ? 'ok    ' : 'FAILED'
  console.log(`${verdict} ${secondsSince(started).padStart(6)} s  ${file}`)
  return outcome
}
