/** Speaks HTTP/1.1 byte by byte, for requests that no proper client would send. */
import { connect } from 'node:net'

export type RawAnswer = {
  /** 0 when the connection ended without a response. */
  status: number
  head: string
  body: string
}

/** Sends the bytes on a connection of their own and reads one response, or the end of the connection. */
export async function sendRaw(port: number, ...parts: (string | Uint8Array)[]): Promise<RawAnswer> {
  return await new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port })
    let received = ''
    const finish = (): void => {
      socket.destroy()
      resolve(answerOf(received))
    }
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      received += text
      if (isWhole(received)) finish()
    })
    socket.on('close', finish)
    socket.on('error', finish)
    for (const part of parts) socket.write(part)
  })
}

/** A POST with these headers and this body; Content-Length is added unless the headers say how long the body is. */
export async function postRaw(
  port: number,
  path: string,
  headers: Record<string, string>,
  body: string | Uint8Array
): Promise<RawAnswer> {
  const bytes = Buffer.from(body)
  const framed = Object.keys(headers).some(name => /^(content-length|transfer-encoding)$/i.test(name))
  const lines = Object.entries({
    Host: 'localhost',
    ...headers,
    ...(framed ? {} : { 'Content-Length': String(bytes.length) })
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return await sendRaw(port, `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, bytes)
}

function isWhole(received: string): boolean {
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return false
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.slice(0, end))
  return length !== null && received.length >= end + 4 + Number(length[1])
}

function answerOf(received: string): RawAnswer {
  const end = received.indexOf('\r\n\r\n')
  const head = end === -1 ? received : received.slice(0, end)
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    head,
    body: Buffer.from(end === -1 ? '' : received.slice(end + 4), 'latin1').toString()
  }
}
