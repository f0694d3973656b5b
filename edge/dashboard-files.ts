/**
 * Reads the files of the dashboard into memory, once at the start. Requests look them up by path, so no path leads to
 * any other file. Files in /assets/ are named by their contents and never change; the build has made their compressed
 * forms. Files of an unknown type are left out. A missing folder is a dashboard that has not been built, not an error.
 */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { hintsFrom, hintsSchema, type Hints } from './dashboard-hints.ts'

export type DashboardFile = {
  type: string
  isImmutable: boolean
  plain: Uint8Array
  br: Uint8Array | null
  gzip: Uint8Array | null
}

/** `files` by path, without the page itself, which `pageAt` returns for a path below the base. */
export type Dashboard = {
  pageAt: (path: string, hasSession: boolean) => DashboardFile
  files: ReadonlyMap<string, DashboardFile>
}

/** Every address in the page and in its scripts is relative to it. */
const base = '<base href="/" />'
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.txt': 'text/plain; charset=utf-8'
}

/** Null when the dashboard has not been built. The page finds its files, and the API, below `basePath`. */
export function readDashboard(folder: string, basePath: string): Dashboard | null {
  const files = new Map<string, DashboardFile>()
  for (const name of namesIn(folder)) {
    const type = types[path.extname(name)]
    if (type === undefined) continue
    const address = `/${name.split(path.sep).join('/')}`
    const read = (suffix: string): Uint8Array | null => readIfThere(path.join(folder, name + suffix))
    files.set(address, {
      type,
      isImmutable: address.startsWith('/assets/'),
      plain: readFileSync(path.join(folder, name)),
      br: read('.br'),
      gzip: read('.gz')
    })
  }
  const page = files.get('/index.html')
  files.delete('/index.html')
  if (page === undefined) return null
  const hints = readHints(folder)
  const [before, after = ''] = Buffer.from(page.plain).toString().split(base)
  // Without a base there is nothing that addresses could be relative to: such a page goes out as it is.
  const pageAt = (address: string, hasSession: boolean): DashboardFile =>
    after === ''
      ? page
      : { ...page, plain: Buffer.from(`${before}<base href="${basePath}/" />${hints(address, hasSession)}${after}`) }
  return { pageAt, files }
}

function readHints(folder: string): Hints {
  const text = readIfThere(path.join(folder, 'hints.json'))
  return hintsFrom(text === null ? [] : v.parse(hintsSchema, JSON.parse(Buffer.from(text).toString())))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => path.relative(folder, path.join(entry.parentPath, entry.name)))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function readIfThere(file: string): Uint8Array | null {
  try {
    return readFileSync(file)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
