/** Runs the command line from the sources as a child process of its own, with a clean environment and folder. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

export type CliResult = { code: number | null, stdout: string, stderr: string }
export type CliOptions = { cwd?: string, env?: Record<string, string> }

const script = path.resolve('bin/mesher.ts')
const tsx = import.meta.resolve('tsx')

export function startCli (args: readonly string[], { cwd, env = {} }: CliOptions = {}) {
  return spawn(process.execPath, ['--import', tsx, script, ...args], {
    cwd, env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env }, stdio: ['ignore', 'pipe', 'pipe']
  })
}

export async function runCli (args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = startCli(args, options)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data: Buffer) => { stdout += data.toString() })
  child.stderr.on('data', (data: Buffer) => { stderr += data.toString() })
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}
