/**
 * nginx and HAProxy of the test's own, as Debian packages them, in front of a node: on loopback, as the user who runs
 * the test, with their files in a folder of their own.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { answers } from './ports.ts'

type Test = { teardown: (work: () => Promise<void>) => void }

const programs = { nginx: '/usr/sbin/nginx', haproxy: '/usr/sbin/haproxy' }

/** False, or why tests with it are skipped. */
export function withoutProxy(name: keyof typeof programs): string | false {
  return fs.existsSync(programs[name]) ? false : `${name} is missing: apt-get install ${name}`
}

export type WebProxy = { folder: string }

/** A free port, whether it speaks TLS, and what is written into the configuration. */
export type ProxyOptions = { port: number; tls?: boolean; text: string }

/** `text` is what stands in the block `server`. */
export async function nginx(t: Test, { port, tls = false, text }: ProxyOptions): Promise<WebProxy> {
  return await proxy(t, 'nginx', port, ({ folder, certificate }) => {
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      name => `${name}_temp_path ${folder}/${name};`
    )
    const keys = tls ? `ssl_certificate ${certificate}; ssl_certificate_key ${certificate};` : ''
    return {
      text: `daemon off; pid ${folder}/pid; error_log stderr; worker_processes 1;
events { worker_connections 256; }
http {
  access_log off; ${temporary.join(' ')}
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server { listen 127.0.0.1:${port}${tls ? ' ssl' : ''}; ${keys} ${text} }
}`,
      arguments: file => ['-p', folder, '-e', 'stderr', '-c', file]
    }
  })
}

/** `text` is what stands in the section of the servers behind it. */
export async function haproxy(t: Test, { port, tls = false, text }: ProxyOptions): Promise<WebProxy> {
  return await proxy(t, 'haproxy', port, ({ folder, certificate }) => ({
    text: `global
  stats socket ${folder}/stats level admin
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend front
  bind 127.0.0.1:${port}${tls ? ` ssl crt ${certificate}` : ''}
  default_backend back
backend back
${text}
`,
    arguments: file => ['-db', '-f', file]
  }))
}

type Place = { folder: string; certificate: string }
type Made = { text: string; arguments: (file: string) => string[] }

async function proxy(
  t: Test,
  name: keyof typeof programs,
  port: number,
  make: (place: Place) => Made
): Promise<WebProxy> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `mesher-${name}-`))
  const made = make({ folder, certificate: certificateIn(folder) })
  const file = path.join(folder, 'configuration')
  fs.writeFileSync(file, made.text)
  // Root's workers would be another user's, who may not enter the folder.
  if (process.getuid?.() === 0) fs.chmodSync(folder, 0o777)
  const child = spawn(programs[name], made.arguments(file), { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (data: Buffer) => {
      said += data.toString()
    })
  }
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended
    fs.rmSync(folder, { recursive: true, force: true })
  })
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`${name} does not start: ${said}`)
    await sleep(50)
  }
  return { folder }
}

/** Key and certificate in one file, for `localhost`. */
function certificateIn(folder: string): string {
  const [key, certificate, both] = ['key.pem', 'certificate.pem', 'both.pem'].map(file => path.join(folder, file))
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      certificate,
      ...subject
    ].map(String),
    { stdio: 'ignore' }
  )
  fs.writeFileSync(String(both), Buffer.concat([key, certificate].map(file => fs.readFileSync(String(file)))))
  return String(both)
}
