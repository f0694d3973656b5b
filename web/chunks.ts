/** Which modules surround every page: they are one file, which a browser fetches at once with the first. */
import path from 'node:path'
import { fileURLToPath } from 'node:url'

type Modules = { getModuleInfo: (id: string) => { importedIds: readonly string[] } | null }

const source = path.join(path.dirname(fileURLToPath(import.meta.url)), 'src')
const roots = ['app/AppShell.vue', 'app/ProjectScope.vue'].map(name => path.join(source, name))
/**
 * Libraries that the frame uses whole. Of others it uses parts: followed through their index, all of them would be in
 * it.
 */
const libraries = /[\\/]node_modules[\\/]@tanstack[\\/](?:vue-query|query-core)[\\/]/

let frame: ReadonlySet<string> | undefined

/**
 * Whether the frame imports this module, be it by way of others. Pages that are loaded when they are gone to do not
 * count.
 */
export function isInFrame(id: string, modules: Modules): boolean {
  frame ??= reachedFrom(roots, modules)
  return frame.has(id) || libraries.test(id)
}

function reachedFrom(ids: readonly string[], modules: Modules): ReadonlySet<string> {
  const reached = new Set<string>()
  const waiting = [...ids]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (reached.has(id) || !id.startsWith(source)) continue
    reached.add(id)
    waiting.push(...(modules.getModuleInfo(id)?.importedIds ?? []))
  }
  return reached
}
