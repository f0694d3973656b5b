/**
 * Finds the routes of a request in the order of uWebSockets.js: those of its method before those of any method; at each
 * part of the path what is written out, then `:parameters`, then `*` for the rest.
 */
import type { RouteHandler, RouteMethod } from './types.ts'

export type Found = { handler: RouteHandler; parameters: readonly string[] }

export type Router = {
  add: (method: RouteMethod, path: string, handler: RouteHandler) => void
  /** Calls `use` with each route that fits, until it returns true. False when none did. */
  find: (method: string, path: string, use: (found: Found) => boolean) => boolean
}

type Branch = {
  written: Map<string, Branch>
  parameter: Branch | null
  handlers: RouteHandler[]
  /** For whatever stands in the rest of the path. */
  rest: RouteHandler[]
}

/** `delete` is `del` among the methods of routes. */
const methodOf: Readonly<Record<string, RouteMethod | undefined>> = {
  get: 'get',
  head: 'head',
  post: 'post',
  put: 'put',
  patch: 'patch',
  delete: 'del',
  options: 'options'
}

export function createRouter(): Router {
  const trees = new Map<RouteMethod, Branch>()

  function add(method: RouteMethod, path: string, handler: RouteHandler): void {
    let branch = trees.get(method) ?? newBranch()
    trees.set(method, branch)
    for (const part of partsOf(path)) {
      if (part === '*') {
        branch.rest.push(handler)
        return
      }
      branch = part.startsWith(':') ? (branch.parameter ??= newBranch()) : writtenIn(branch, part)
    }
    branch.handlers.push(handler)
  }

  function find(method: string, path: string, use: (found: Found) => boolean): boolean {
    const parts = partsOf(path)
    const named = methodOf[method]
    const own = named === undefined ? undefined : trees.get(named)
    if (own !== undefined && walk(own, parts, 0, [], use)) return true
    const any = trees.get('any')
    return any !== undefined && walk(any, parts, 0, [], use)
  }

  return { add, find }
}

function newBranch(): Branch {
  return { written: new Map(), parameter: null, handlers: [], rest: [] }
}

function writtenIn(branch: Branch, part: string): Branch {
  const known = branch.written.get(part) ?? newBranch()
  branch.written.set(part, known)
  return known
}

function partsOf(path: string): string[] {
  return path.slice(1).split('/')
}

/** As deep as the routes are, however many parts the path has. */
function walk(
  branch: Branch,
  parts: readonly string[],
  at: number,
  parameters: readonly string[],
  use: (found: Found) => boolean
): boolean {
  const part = parts[at]
  if (part === undefined) return tryAll(branch.handlers, parameters, use)
  const written = branch.written.get(part)
  if (written !== undefined && walk(written, parts, at + 1, parameters, use)) return true
  if (branch.parameter !== null && part !== '' && walk(branch.parameter, parts, at + 1, [...parameters, part], use)) {
    return true
  }
  return tryAll(branch.rest, parameters, use)
}

function tryAll(
  handlers: readonly RouteHandler[],
  parameters: readonly string[],
  use: (found: Found) => boolean
): boolean {
  return handlers.some(handler => use({ handler, parameters }))
}
