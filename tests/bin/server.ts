/** A server that `mesher start` runs, on any port, for tests that wait for what it says. */
import { once } from 'node:events'
import type { Test } from 'tap'
import { startCli } from './cli.ts'

export type Server = {
  child: ReturnType<typeof startCli>
  stdout: () => string
  stderr: () => string
  said: (text: string) => Promise<void>
  ended: Promise<number | null>
}

/** Stopped when the test ends, if it still runs. */
export function startServer(t: Test, args: string[]): Server {
  const child = startCli(['start', '--port', '0', '--host', '127.0.0.1', ...args])
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null)
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended
  })
  let stdout = ''
  let stderr = ''
  let heard = (): void => {}
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString()
    heard()
  })
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString()
    heard()
  })
  const said = async (text: string): Promise<void> => {
    while (!(stdout + stderr).includes(text)) {
      await Promise.race([
        new Promise<void>(resolve => {
          heard = resolve
        }),
        ended.then(code => {
          throw new Error(`it ended with ${code}:\n${stderr}`)
        })
      ])
    }
  }
  return { child, stdout: () => stdout, stderr: () => stderr, said, ended }
}
