/**
 * Requests as a caller sends them: over one kept connection, with an API token, one after the other; each is timed
 * until its whole body is read.
 */
import { Agent, request } from 'node:http'

export type Answer = { status: number; body: string; ms: number }

export type Client = {
  get: (path: string) => Promise<Answer>
  close: () => void
}

/** Longer than the server takes for anything. */
const timeoutMs = 60_000

export function openClient(url: string, token: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const headers = { authorization: `Bearer ${token}` }

  function get(path: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const startedMs = performance.now()
      const sent = request(url + path, { agent, headers, timeout: timeoutMs }, response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
        })
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString(),
            ms: performance.now() - startedMs
          })
        )
        response.on('error', reject)
      })
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs / 1_000} s: ${path}`)))
      sent.on('error', reject)
      sent.end()
    })
  }
  return { get, close: () => agent.destroy() }
}
