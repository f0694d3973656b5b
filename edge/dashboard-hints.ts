/**
 * What a page of the dashboard needs first, named in the page that is sent for its address: its scripts, and requests
 * that only depend on the address. The browser fetches both beside the scripts of the frame, and need not run these
 * first to learn of them. The build has written down which page needs what (web/hints.ts); of an address that nobody
 * knows the page comes without hints. Without a session nothing but scripts is named: who is nobody is led elsewhere.
 */
import * as v from 'valibot'

const hintSchema = v.object({ path: v.string(), scripts: v.array(v.string()), asks: v.array(v.string()) })
export const hintsSchema = v.array(hintSchema)

/** Returns the links for a path below the base; '' for none. */
export type Hints = (path: string, hasSession: boolean) => string

/** Names that stand in an address as they are. The page itself asks for others. */
const plainName = /^[\w-]+$/
const placeholder = /:([a-z]+)/g

export function hintsFrom(pages: v.InferOutput<typeof hintsSchema>): Hints {
  const known = pages.map(({ path, scripts, asks }) => ({
    path: new RegExp(path),
    scripts: scripts.map(script => `<link rel="modulepreload" crossorigin href="./${script}">`).join(''),
    asks
  }))
  return (path, hasSession) => {
    for (const { path: form, scripts, asks } of known) {
      const found = form.exec(path)
      if (found !== null) {
        return (hasSession ? asks.map(ask => askLink(ask, found.groups ?? {})).join('') : '') + scripts
      }
    }
    return ''
  }
}

/** Of the very address that the page asks for: what differs from it would be fetched twice. */
function askLink(ask: string, names: Readonly<Record<string, string>>): string {
  const needed = [...ask.matchAll(placeholder)].map(([, name = '']) => names[name] ?? '')
  if (!needed.every(name => plainName.test(name))) return ''
  const address = ask.replace(placeholder, (_, name: string) => names[name] ?? '')
  return `<link rel="preload" as="fetch" crossorigin href="${address}">`
}
