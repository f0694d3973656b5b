/**
 * The addresses of artifacts. Build tools name a file by a URL whose scheme and host are a tilde (`~/assets/app.js`),
 * frames of events name it by where it was loaded from.
 */

const urlForm = /^([a-z][a-z0-9+.-]*:)\/\/[^/?#]*(.*)$/i

/** The address with `~` for scheme and host; what is no URL and no absolute path stays. */
export function tildeUrl(url: string): string {
  const [, , path] = urlForm.exec(url) ?? []
  if (path !== undefined) return `~${path.startsWith('/') ? '' : '/'}${path}`
  return url.startsWith('/') ? `~${url}` : url
}

/** Under which addresses a file that was loaded from here may have been uploaded, the most telling first. */
export function urlCandidates(url: string): string[] {
  const plain = url.replace(/[?#].*$/s, '')
  return [...new Set([url, plain, tildeUrl(url), tildeUrl(plain)])].filter(candidate => candidate !== '')
}

/**
 * Where a script says its map is, seen from the script: '' for no reference, `data:` for a map inside the script.
 */
export function mapUrlOf(scriptUrl: string, reference: string): string {
  if (reference === '') return ''
  if (reference.startsWith('data:')) return 'data:'
  if (urlForm.test(reference)) return reference
  const hasTilde = scriptUrl.startsWith('~')
  const base = hasTilde ? `mesher://tilde${scriptUrl.slice(1)}` : scriptUrl
  const resolved = resolvedUrl(reference, base)
  if (resolved === null) return reference
  return hasTilde ? tildeUrl(resolved) : resolved
}

function resolvedUrl(reference: string, base: string): string | null {
  return URL.canParse(reference, base) ? new URL(reference, base).href : null
}

const scriptIdForm = /\/\/[#@] debugId=([0-9a-f-]{32,36})/gi
const mapIdForm = /"debug_?id"\s*:\s*"([0-9a-f-]{32,36})"/i

/** The debug id that a build wrote into a script or a map; '' where there is none. */
export function debugIdIn(content: Buffer, isMap: boolean): string {
  if (!isMap) {
    const end = content.subarray(Math.max(0, content.byteLength - commentBytesMax)).toString('utf8')
    return normalDebugId([...end.matchAll(scriptIdForm)].at(-1)?.[1] ?? '') ?? ''
  }
  // At either end: a map is megabytes of one line.
  const ends = content.byteLength <= 2 * commentBytesMax ? [content] : [content.subarray(0, commentBytesMax)]
  if (ends[0] !== content) ends.push(content.subarray(content.byteLength - commentBytesMax))
  const found = ends.map(end => mapIdForm.exec(end.toString('utf8'))?.[1]).find(id => id !== undefined)
  return normalDebugId(found ?? '') ?? ''
}

/** As build tools and SDKs write one: lower case, with hyphens; null for what is none. */
export function normalDebugId(text: string): string | null {
  const digits = text.toLowerCase().replaceAll('-', '')
  if (!/^[0-9a-f]{32}$/.test(digits)) return null
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const commentForm = /[/*][/*][#@]\s*sourceMappingURL=(\S+?)(?:\s*\*\/)?\s*$/
const commentBytesMax = 8_192

/** The reference at the end of a script; a map inside the script is `data:`. Only the last lines are looked at. */
export function mapReferenceIn(script: Buffer): string {
  const end = script.subarray(Math.max(0, script.byteLength - commentBytesMax)).toString('utf8')
  const found = commentForm.exec(end)?.[1]
  if (found !== undefined) return found
  return script.byteLength > commentBytesMax && script.includes('# sourceMappingURL=data:') ? 'data:' : ''
}
