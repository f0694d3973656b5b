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

const commentForm = /[/*][/*][#@]\s*sourceMappingURL=(\S+?)(?:\s*\*\/)?\s*$/
const commentBytesMax = 8_192

/** The reference at the end of a script; a map inside the script is `data:`. Only the last lines are looked at. */
export function mapReferenceIn(script: Buffer): string {
  const end = script.subarray(Math.max(0, script.byteLength - commentBytesMax)).toString('utf8')
  const found = commentForm.exec(end)?.[1]
  if (found !== undefined) return found
  return script.byteLength > commentBytesMax && script.includes('# sourceMappingURL=data:') ? 'data:' : ''
}
