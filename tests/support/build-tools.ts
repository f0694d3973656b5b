/**
 * The build tools that tests run against Mesher: real versions of sentry-cli and of the plugins of bundlers, which
 * tests/packages/build-tools names. They are large, so they are no packages of this project: `npm test` installs them
 * before tests that need them. Where they are missing such tests are skipped with a line that says so.
 */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { once } from 'node:events'
import { isInstalled } from './packages.ts'

const folder = path.resolve('tests/packages/build-tools')

export type Ran = { code: number | null; output: string }

/** The folder with `node_modules`, or why there is none. */
export function buildTools(): { folder: string } | { skip: string } {
  if (isInstalled(folder)) return { folder }
  const skip = 'BUILD TOOLS ARE NOT TESTED: npm ci --prefix tests/packages/build-tools installs them'
  console.error(skip)
  return { skip }
}

/** Runs a program to its end; its output is what both of its streams have said. */
export async function ran(
  program: string,
  parameters: readonly string[],
  { cwd, env = {}, input = '' }: { cwd: string; env?: Record<string, string>; input?: string }
): Promise<Ran> {
  const child = spawn(program, parameters, {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: cwd, ...env },
    stdio: ['pipe', 'pipe', 'pipe']
  })
  let output = ''
  child.stdout.on('data', piece => (output += String(piece)))
  child.stderr.on('data', piece => (output += String(piece)))
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { code: typeof code === 'number' ? code : null, output }
}
