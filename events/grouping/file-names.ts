/**
 * Where code is, by names that stay the same from build to build and from machine to machine: the name of the file
 * without the hash of its content, in lower case. A name that says nothing (`index`, `route`) keeps its folder.
 */
import { isHashedFolder, withoutContentHash } from './content-hashes.ts'

const charsMax = 300
const keptCharsMax = 200
const nowhere = new Set(
  [
    '',
    '<anonymous>',
    '[native code]',
    'native code',
    'native',
    '<unknown>',
    '?',
    '??',
    '[internal]',
    '<compiler-generated>'
  ].concat(['eval code', 'unknown', '<generated>', '/_', 'undefined', 'null', '(unknown)'])
)
const saysNothing = new Set(
  ['index', 'main', 'route', 'page', 'layout', 'mod', 'lib', 'init', 'default', 'loading', 'error', 'template'].concat([
    '__init__',
    '__main__',
    '+page',
    '+layout',
    '+server',
    '+error',
    'not-found',
    'package',
    'handler',
    '_index'
  ])
)
/** Numbers, versions, dates of releases, ids of hosts and users: not the same on every machine. */
const changing = /^(?:v?\d[\w.+-]{0,60}|releases?|current|src|dist|build|app|www|html|tmp|temp|\.{1,2}|[a-z]{1,2}:)$/i

/** Whether the text names no file at all. */
export function isNowhere(file: string): boolean {
  return nowhere.has(file)
}

/** The steps from the name of a file to what counts of it. */
export type FileSteps = { path: string; base: string; withoutHash: string; keepsFolder: boolean; name: string }

/** `https://host/static/app.3f2a9c1b.js?v=2` → `app.js`; '' when nothing but a hash is left. */
export function fileName(file: string): string {
  return fileSteps(file).name
}

export function fileSteps(file: string): FileSteps {
  const path = pathOf(file)
  const slash = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))
  const base = path.slice(slash + 1)
  if (nowhere.has(path) || nowhere.has(base)) return { path, base, withoutHash: base, keepsFolder: false, name: '' }
  const folder = folderOf(path, slash)
  const withoutHash = withoutContentHash(base, folder)
  const name = withoutHash.toLowerCase().slice(-keptCharsMax)
  const dot = name.indexOf('.', 1)
  const stem = dot === -1 ? name : name.slice(0, dot)
  const keepsFolder = name !== '' && folder !== '' && saysNothing.has(stem) && tells(folder)
  return { path, base, withoutHash, keepsFolder, name: keepsFolder ? `${folder.toLowerCase()}/${name}` : name }
}

/** Without scheme and host, query and fragment. */
function pathOf(file: string): string {
  const text = file.slice(-4 * charsMax)
  const question = text.indexOf('?')
  const path = (question === -1 ? text : text.slice(0, question)).slice(-charsMax).replace(/[/\\]{1,9}$/, '')
  const scheme = path.indexOf('://')
  if (scheme === -1 || scheme > 30) return path
  const slash = path.indexOf('/', scheme + 3)
  return slash === -1 ? '' : path.slice(slash)
}

function folderOf(path: string, slash: number): string {
  if (slash <= 0) return ''
  const before = Math.max(path.lastIndexOf('/', slash - 1), path.lastIndexOf('\\', slash - 1))
  return path.slice(before + 1, slash)
}

function tells(folder: string): boolean {
  return !changing.test(folder) && !isHashedFolder(folder)
}
