/** Starts tests/support/embedded-owner.ts and returns what it printed. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { execArgv, extension } from './program.ts'

const script = fileURLToPath(new URL(`embedded-owner${extension}`, import.meta.url))
const schema = v.pipe(
  v.string(),
  v.parseJson(),
  v.union([v.object({ url: v.string(), pid: v.number(), isAdopted: v.boolean() }), v.object({ code: v.string() })])
)

export type Owner = { process: ChildProcess; result: v.InferOutput<typeof schema>; kill: () => Promise<void> }

type Test = { teardown: (work: () => Promise<void>) => void }

export async function startOwner(t: Test, dataDir: string): Promise<Owner> {
  const child = spawn(process.execPath, [...execArgv, script, dataDir], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const exited = once(child, 'exit')
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  t.teardown(kill)
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { process: child, result: v.parse(schema, line), kill }
}
