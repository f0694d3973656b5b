/**
 * Sends mail by the server of the settings. A mail is sent once: it rejects when the server is away, takes too long or
 * refuses all recipients. A file or address that a mail names is not read.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTransport } from 'nodemailer'

export type Mail = {
  to: readonly string[]
  subject: string
  text: string
  /** The same at every attempt: mail programs show a message that came twice only once. */
  id: string
  headers: Readonly<Record<string, string>>
}

/** Returns the recipients that the server did not take. */
export type SendMail = (mail: Mail) => Promise<string[]>

/** Why a mail to one recipient was not sent; null when the server took it. */
export async function mailFailure(sending: Promise<string[]>): Promise<string | null> {
  try {
    const [rejected] = await sending
    return rejected === undefined ? null : 'the mail server does not take this address'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

export type MailOptions = {
  /** `smtp://user:password@host:587`, or smtps; `from` and `ca` are ours, other parameters are nodemailer's. */
  smtpUrl: string
  publicUrl: string
  timeoutMs?: number | undefined
}

/** SMTP takes several commands, each within the limit. All of it must end before a delivery is due again. */
const mailTimes = 2.5

export function mailer({ smtpUrl, publicUrl, timeoutMs = 10_000 }: MailOptions): SendMail {
  const url = new URL(smtpUrl)
  const from = url.searchParams.get('from') ?? defaultFrom(url, publicUrl)
  const ca = url.searchParams.get('ca')
  url.searchParams.delete('from')
  url.searchParams.delete('ca')
  const server = {
    url: url.href,
    ...(ca === null ? {} : { tls: { ca: readFileSync(ca, 'utf8') } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs
  }

  return async ({ to, subject, text, id, headers }) => {
    const transport = createTransport(server)
    const limit = new AbortController()
    const late = sleep(mailTimes * timeoutMs, undefined, { signal: limit.signal }).then(() => {
      throw new Error(`the mail server took longer than ${(mailTimes * timeoutMs) / 1000} s`)
    })
    try {
      const sent = transport.sendMail({
        from,
        to: [...to],
        subject,
        text,
        messageId: `<${id}@${new URL(publicUrl).hostname}>`,
        headers: { 'Auto-Submitted': 'auto-generated', ...headers },
        disableFileAccess: true,
        disableUrlAccess: true
      })
      return (await Promise.race([sent, late])).rejected
    } finally {
      late.catch(() => {})
      limit.abort()
      transport.close()
    }
  }
}

function defaultFrom({ username }: URL, publicUrl: string): string {
  const user = decodeURIComponent(username)
  return user.includes('@') ? user : `Mesher <mesher@${new URL(publicUrl).hostname}>`
}
