/**
 * Runs the command line as a child process of its own, with a clean environment and folder: from the sources, or from
 * the build, which starts in a third of the time, where the whole run has just made one (MESHER_TEST_BUILT).
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

export type CliResult = { code: number | null; stdout: string; stderr: string }
export type CliOptions = { cwd?: string; env?: Record<string, string> }

const isBuilt = process.env.MESHER_TEST_BUILT !== undefined

/** The program, and what Node.js needs to run it. */
export const programFile = path.resolve(isBuilt ? 'dist/bin/mesher.js' : 'bin/mesher.ts')
export const nodeOptions = isBuilt ? '' : `--import=${import.meta.resolve('tsx')}`

const command = [...(isBuilt ? [] : [nodeOptions]), programFile]

export function startCli(args: readonly string[], { cwd, env = {} }: CliOptions = {}) {
  return spawn(process.execPath, [...command, ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
}

export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = startCli(args, options)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString()
  })
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString()
  })
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}
