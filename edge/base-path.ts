/**
 * Mesher below a path of another site (`https://example.com/errors`). Proxies pass such a path on or take it off, so
 * every route is there twice: with the path before it, and without.
 */
import type { Door, RouteHandler, RouteMethod } from './transport/types.ts'

/** The path of a public address without a slash at the end; '' for the root of a site, and without an address. */
export function basePathOf(publicUrl: string | null): string {
  return publicUrl === null ? '' : new URL(publicUrl).pathname.replace(/\/$/, '')
}

/** A door whose routes are found below the path too. */
export function doorBelow(door: Door, basePath: string): Door {
  if (basePath === '') return door
  const twice = (method: RouteMethod) => (path: string, handler: RouteHandler) => {
    for (const address of addressesOf(path, basePath)) door[method](address, handler)
  }
  return {
    ...door,
    get: twice('get'),
    head: twice('head'),
    post: twice('post'),
    put: twice('put'),
    patch: twice('patch'),
    del: twice('del'),
    options: twice('options'),
    any: twice('any'),
    webSockets: (path, route) => {
      for (const address of addressesOf(path, basePath)) door.webSockets(address, route)
    }
  }
}

/** The page is at the path itself too, with and without a slash behind it. */
function addressesOf(path: string, basePath: string): string[] {
  return path === '/' ? ['/', basePath, `${basePath}/`] : [path, basePath + path]
}

/** The path of a request as it is without the base. */
export function withoutBase(path: string, basePath: string): string {
  if (basePath === '' || !path.startsWith(basePath)) return path
  const rest = path.slice(basePath.length)
  return rest === '' ? '/' : rest.startsWith('/') ? rest : path
}
