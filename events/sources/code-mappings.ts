/**
 * Where the file of a frame is in a repository: the first mapping whose stack root its path begins with, at whole names
 * of folders. What cannot be a path of a repository (`..`, an address) is none.
 */

import { sourcePath } from '../symbolication/source-names.ts'

/** `branch` stands for the commit where none is known. Empty roots stand for the beginning of every path. */
export type CodeMapping = { stackRoot: string; sourceRoot: string; repository: string; branch: string }

/** What of a frame says where it is. */
export type FramePlace = {
  filename: string
  absPath: string
  /** `com.acme.Cart` */
  module: string
  platform: string
}

export type MappedPath = { path: string; mapping: CodeMapping }

export function mappedPath(frame: FramePlace, mappings: readonly CodeMapping[]): MappedPath | null {
  const paths = pathsOf(frame)
  for (const mapping of mappings) {
    for (const path of paths) {
      const rest = after(path, plain(mapping.stackRoot))
      const found = rest === null ? null : cleaned(`${plain(mapping.sourceRoot)}/${rest}`)
      if (found !== null) return { path: found, mapping }
    }
  }
  return null
}

/** The paths that a frame may mean, the likeliest first. */
export function pathsOf({ filename, absPath, module, platform }: FramePlace): string[] {
  const ofPackage = platform === 'java' || platform === 'kotlin' ? packagePath(module, filename) : null
  const paths = [ofPackage ?? filename, absPath].flatMap(path => [path, servedPath(path)]).map(plain)
  return [...new Set(paths)].filter(path => path !== '')
}

/** What Vite's dev server serves from outside its root: `http://host/@fs/srv/lib/a.js` is `/srv/lib/a.js`. */
function servedPath(address: string): string {
  return /^https?:\/\/[^/]{1,300}\/@fs\//.test(address) ? sourcePath(address) : ''
}

/** Java names a file without its folders, which are those of the package. */
function packagePath(module: string, filename: string): string | null {
  const end = module.lastIndexOf('.')
  return end === -1 || filename === '' || filename.includes('/')
    ? null
    : `${module.slice(0, end).replaceAll('.', '/')}/${filename}`
}

/** With slashes alone, and none at the end. */
function plain(path: string): string {
  return path.replaceAll('\\', '/').replace(/\/+$/, '')
}

/** What follows the root in a path, null where it does not begin with it. */
function after(path: string, root: string): string | null {
  if (root === '') return path
  return path.startsWith(`${root}/`) ? path.slice(root.length) : null
}

/** A path of a repository: without a slash before it, `.` or empty names in it; null where there is none. */
export function cleaned(path: string): string | null {
  if (/^[a-z][\w+.-]*:\/\//i.test(path.replace(/^\/+/, ''))) return null
  const names = path.split('/').filter(name => name !== '' && name !== '.')
  return names.length === 0 || names.includes('..') ? null : names.join('/')
}
