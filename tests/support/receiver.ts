/** Targets of notifications: an HTTP server that keeps requests and responds as the test says, and a mail server. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

type Test = { teardown: (work: () => Promise<void>) => void }

export type Received = { method: string; path: string; headers: IncomingMessage['headers']; body: string }

export type Receiver = {
  url: string
  port: number
  received: Received[]
  /** Resolves when this many have come in all. */
  until: (count: number) => Promise<Received[]>
}

type Respond = (response: ServerResponse, received: Received) => void

export async function receiver(
  t: Test,
  respond: Respond = response => {
    response.end('ok')
  }
): Promise<Receiver> {
  const received: Received[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
      received.push(one)
      respond(response, one)
      for (const { count, resolve } of waiting) if (received.length >= count) resolve()
    })
  })
  const port = await listening(server)
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    until: async count => {
      if (received.length < count) {
        await new Promise<void>(resolve => {
          waiting.push({ count, resolve })
        })
      }
      return received
    }
  }
}

export type Mail = { from: string; to: string[]; source: string }

/** Refuses recipients whose address begins with `refused`. With a certificate it speaks TLS from the beginning. */
export async function mailServer(
  t: Test,
  certificate?: { key: string; cert: string }
): Promise<{ url: string; mails: Mail[] }> {
  const mails: Mail[] = []
  const server = new SMTPServer({
    authOptional: true,
    ...(certificate === undefined ? {} : { secure: true, ...certificate }),
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _session, callback) =>
      callback(address.startsWith('refused') ? new Error('no such mailbox') : null),
    onData: (stream, session, callback) => {
      let source = ''
      stream.setEncoding('utf8')
      stream.on('data', (chunk: string) => {
        source += chunk
      })
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          source
        })
        callback()
      })
    }
  })
  // A client that does not like the certificate breaks off.
  server.on('error', () => {})
  const port = await listening(server.server)
  t.teardown(() => new Promise(resolve => server.close(() => resolve())))
  return { url: `${certificate === undefined ? 'smtp' : 'smtps'}://localhost:${port}`, mails }
}

async function listening(server: {
  listen: (port: number, host: string, done: () => void) => unknown
  address: () => AddressInfo | string | null
}): Promise<number> {
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
