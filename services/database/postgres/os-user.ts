/**
 * The user who runs PostgreSQL. It refuses to run as root, and initdb needs a user with a name, so root lends it to
 * `mesher` or `postgres`, and makes the system user `mesher` where neither exists. Never to `nobody`, as whom other
 * services run too. Every other user runs it as themselves.
 */
import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process'
import assert from 'node:assert'
import { startError } from '../start-error.ts'
import { nameLibrary, nameVariables, systemName } from './nameless.ts'

export type OsUser = {
  name: string
  uid: number
  gid: number
  /** We are root and it is another user. */ isLent: boolean
  /** Beside those that PostgreSQL's programs always get. */ variables?: Readonly<Record<string, string>>
}

const madeName = 'mesher'
const candidates = [madeName, 'postgres']
/** shadow-utils, then BusyBox. */
const makers = [
  ['useradd', '--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/bin/false'],
  ['adduser', '-S', '-D', '-H', '-h', '/nonexistent', '-s', '/bin/false']
]

export function serverUser(onProgress: (text: string) => void): OsUser {
  assert(process.getuid && process.getgid)
  const uid = process.getuid()
  if (uid !== 0) return { name: `user ${uid}`, uid, gid: process.getgid(), isLent: false }
  for (const name of candidates) {
    const user = userNamed(name)
    if (user) return user
  }
  for (const [program = '', ...args] of makers) {
    spawnSync(program, [...args, madeName], { env: { PATH: '/usr/sbin:/sbin:/usr/bin:/bin' } })
    // Another start may have made it at the same moment.
    const user = userNamed(madeName)
    if (user === null) continue
    onProgress(`the system user ${madeName} was made: PostgreSQL runs as that user, because it does not run as root`)
    return user
  }
  throw startError(
    'no_unprivileged_user',
    'PostgreSQL does not run as root, there is no user mesher or postgres to run it as, and none could be made.',
    'Run "useradd --system mesher", or start Mesher as an ordinary user.'
  )
}

/** A cluster that exists is run by the owner of its files. */
export function ownerUser(uid: number, gid: number): OsUser {
  assert(process.getuid)
  return { name: `user ${uid}`, uid, gid, isLent: process.getuid() === 0 }
}

/** Whether these are the files of `nobody`, who owned clusters of earlier versions. */
export function isNobody(uid: number): boolean {
  return userNamed('nobody')?.uid === uid
}

/** The users of this machine who may use the database: the one who runs Mesher, and root. */
export function clientUsers(): string[] {
  const root = 'root'
  if (process.getuid?.() === 0) return [root]
  const name = systemName() ?? (nameLibrary() === null ? null : madeName)
  if (name !== null) return [root, name]
  throw startError(
    'no_unprivileged_user',
    'PostgreSQL knows users of this machine by name, and the one that runs Mesher has none.',
    'Install nss_wrapper (Debian: libnss-wrapper), give that user id a line in /etc/passwd, or set DATABASE_URL.'
  )
}

/** The user, known to PostgreSQL by name even where the system has none. `folder` belongs to the user. */
export function withName(user: OsUser, folder: string): OsUser {
  return user.isLent ? user : { ...user, variables: nameVariables(madeName, folder) }
}

function userNamed(name: string): OsUser | null {
  const uid = idOf(['-u', name])
  const gid = idOf(['-g', name])
  if (uid === null || gid === null || uid === 0) return null
  return { name, uid, gid, isLent: true }
}

function idOf(args: string[]): number | null {
  const { status, stdout } = spawnSync('id', args, { encoding: 'utf8' })
  return status === 0 && /^\d+\s*$/.test(stdout) ? Number(stdout) : null
}

/** Nothing of our environment reaches PostgreSQL: no PG* variable, no locale, no library path. */
const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

export function spawnAs(user: OsUser, program: string, args: string[], options: SpawnOptions): ChildProcess {
  return spawn(program, args, { ...options, env: { ...environment, ...user.variables }, ...identity(user) })
}

export type Finished = { code: number | null; output: string; error: NodeJS.ErrnoException | undefined }

/** Runs a short program to its end; `output` is what it wrote to both its outputs. */
export async function runAs(
  user: OsUser,
  program: string,
  args: string[],
  { cwd = '/', input = '' } = {}
): Promise<Finished> {
  const child = spawnAs(user, program, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] })
  // A program that does not read its whole input tells that by its exit code.
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  let output = ''
  child.stdout?.on('data', (data: Buffer) => {
    output += data.toString()
  })
  child.stderr?.on('data', (data: Buffer) => {
    output += data.toString()
  })
  return new Promise(resolve => {
    child.on('error', error => resolve({ code: null, output, error }))
    child.on('close', code => resolve({ code, output, error: undefined }))
  })
}

function identity(user: OsUser): { uid?: number; gid?: number } {
  return user.isLent ? { uid: user.uid, gid: user.gid } : {}
}
