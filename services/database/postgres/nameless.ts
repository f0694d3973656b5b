/**
 * A user id without a name, which container platforms (OpenShift) choose. PostgreSQL knows users by name: initdb asks
 * for that of its own, and the server for that of every process that connects. Where nss_wrapper is installed, as in
 * Mesher's image, PostgreSQL reads a list of users in the data folder in which the id has a name.
 */
import fs from 'node:fs'
import { userInfo } from 'node:os'
import path from 'node:path'

const listName = 'postgres.users'
const libraryName = 'libnss_wrapper.so'
const libraries = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib']

/** What the user who runs Mesher is called by the system; null without a line in its list of users. */
export function systemName(): string | null {
  try {
    return userInfo().username
  } catch {
    return null
  }
}

/** Null where it is not installed. */
export function nameLibrary(): string | null {
  return libraries.map(folder => path.join(folder, libraryName)).find(file => fs.existsSync(file)) ?? null
}

/** Variables for PostgreSQL's programs by which this user id has the name; none where it needs none, or cannot. */
export function nameVariables(name: string, folder: string): Readonly<Record<string, string>> {
  const library = nameLibrary()
  if (systemName() !== null || library === null) return {}
  const list = path.join(folder, listName)
  const [uid, gid] = [process.getuid?.(), process.getgid?.()]
  const lines = ['root:x:0:0::/:/bin/false', `${name}:x:${uid}:${gid}::/nonexistent:/bin/false`]
  fs.writeFileSync(list, lines.map(line => `${line}\n`).join(''), { mode: 0o600 })
  return { LD_PRELOAD: library, NSS_WRAPPER_PASSWD: list, NSS_WRAPPER_GROUP: '/etc/group' }
}
