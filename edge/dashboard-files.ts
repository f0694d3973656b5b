/**
 * Reads the files of the dashboard into memory, once at the start. Requests look them up by path, so no path leads to
 * any other file. Files in /assets/ are named by their contents and never change; the build has made their compressed
 * forms. Files of an unknown type are left out. A missing folder is a dashboard that has not been built, not an error.
 */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export type DashboardFile = {
  type: string
  isImmutable: boolean
  plain: Uint8Array
  br: Uint8Array | null
  gzip: Uint8Array | null
}

/** `files` by path, without the page itself. */
export type Dashboard = { page: DashboardFile; files: ReadonlyMap<string, DashboardFile> }

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
  return page === undefined ? null : { page: { ...page, plain: pageBelow(page.plain, basePath) }, files }
}

/** Every address in the page and in its scripts is relative to its base. */
function pageBelow(page: Uint8Array, basePath: string): Uint8Array {
  if (basePath === '') return page
  return Buffer.from(Buffer.from(page).toString().replace('<base href="/" />', `<base href="${basePath}/" />`))
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
