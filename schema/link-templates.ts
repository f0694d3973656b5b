/**
 * Links to commits and to lines of files, by templates such as `https://github.com/{repo}/blob/{sha}/{path}#L{line}`.
 * Only http and https, and names stand after the host alone: whatever a commit, a path or a repository says, a link
 * leads to the host of its template. What is not known and named by the template makes no link.
 */

export type LinkNames = { repo: string; sha: string; path: string; line: string }
export type LinkKind = 'commit' | 'source'

const named = /\{([^{}]*)\}/g
const names: Record<LinkKind, readonly (keyof LinkNames)[]> = {
  commit: ['repo', 'sha'],
  source: ['repo', 'sha', 'path', 'line']
}
const needed: Record<LinkKind, keyof LinkNames> = { commit: 'sha', source: 'path' }

/** What is wrong with a template, in words; '' for nothing. An empty one is for no links. */
export function templateFault(template: string, kind: LinkKind): string {
  if (template === '') return ''
  if (!/^https?:\/\/[^/{}\s]+\//i.test(template)) return 'must begin with http:// or https://, a host and a slash'
  const asked = [...template.matchAll(named)].map(([, name = '']) => name)
  const unknown = asked.find(name => !names[kind].some(known => known === name))
  if (unknown !== undefined) {
    return `knows ${names[kind].map(name => `{${name}}`).join(', ')}, and no {${unknown}}`
  }
  if (!asked.includes(needed[kind])) return `must name {${needed[kind]}}`
  if (/[{}]/.test(template.replaceAll(named, ''))) return 'has a brace that is not closed'
  const url = parsed(template.replaceAll(named, 'x'))
  if (url === null || /\s/.test(template)) return 'is no address'
  return url.username === '' && url.password === '' ? '' : 'must not name a user'
}

/** Null where the template is none, or names what is not known. */
export function linkOf(template: string, kind: LinkKind, known: Partial<LinkNames>): string | null {
  if (template === '' || templateFault(template, kind) !== '') return null
  let isWhole = true
  const text = template.replaceAll(named, (_, name: keyof LinkNames) => {
    const value = known[name] ?? ''
    isWhole &&= value !== '' && !value.split('/').some(part => part === '..' || part === '.')
    return value.split('/').map(encoded).join('/')
  })
  const url = isWhole ? parsed(text) : null
  return url === null || url.origin !== parsed(template.replaceAll(named, 'x'))?.origin ? null : url.href
}

function parsed(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

/** Half of a pair of surrogates cannot be written in an address. */
function encoded(part: string): string {
  return encodeURIComponent(part.replaceAll(/\p{Surrogate}/gu, '\ufffd'))
}
