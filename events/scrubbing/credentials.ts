/**
 * Credentials that show by their own form: PEM keys, JSON Web Tokens, `Bearer` and `Basic` credentials, user and
 * password before a host, and keys of well-known services with a prefix of their own. The words around them stay. Every
 * pattern is a sequence of simple runs that cannot match in two ways, so the work is linear in the text.
 */

const pemBegin = /-----BEGIN ([A-Z0-9 ]{0,40}KEY(?: BLOCK)?)-----/g

/** The frame stays, what it holds goes; a key whose end was cut off goes to the end of the text. */
export function withoutPemKeys(text: string, replacement: string): string {
  let kept = ''
  let from = 0
  for (const { index, 0: begin, 1: kind } of text.matchAll(pemBegin)) {
    if (index < from) continue
    const end = text.indexOf(`-----END ${kind}-----`, index)
    kept += `${text.slice(from, index)}${begin}${replacement}`
    from = end === -1 ? text.length : end
  }
  return from === 0 ? text : kept + text.slice(from)
}

const jwtForm = /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g

export function withoutJsonWebTokens(text: string, replacement: string): string {
  return text.includes('eyJ') ? text.replace(jwtForm, replacement) : text
}

/** Keys that say by their first letters what they open. */
const knownKeys = new RegExp(
  [
    // GitHub, GitLab, npm, PyPI
    'gh[oprsu]_[A-Za-z0-9]{20,}',
    'github_pat_\\w{20,}',
    'gl(?:pat|dt|rt|ft|cbt|ptt|soat)-[\\w-]{15,}',
    'npm_[A-Za-z0-9]{30,}',
    'pypi-[\\w-]{30,}',
    // Slack, Stripe, SendGrid, Google, AWS, OpenAI and Anthropic, Shopify, DigitalOcean, Sentry
    'xox[abeoprs]-[\\w-]{10,}',
    'xapp-\\d-[\\w-]{10,}',
    '[rs]k_(?:live|test)_[A-Za-z0-9]{10,}',
    'whsec_[A-Za-z0-9+/]{20,}',
    'SG\\.[\\w-]{16,}\\.[\\w-]{16,}',
    'AIza[\\w-]{30,}',
    'ya29\\.[\\w-]{20,}',
    '(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])',
    'sk-(?:ant-|proj-)?[\\w-]{20,}',
    'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}',
    'do[opr]_v1_[a-f0-9]{64}',
    'sntr[yu]s_[\\w=+/]{20,}',
    // Mesher's own
    'mshr_[\\w-]{20,}'
  ]
    .map(form => `(?:${form})`)
    .join('|')
    .replace(/^/, '(?<![\\w-])(?:')
    .concat(')[\\w-]*'),
  'g'
)

export function withoutKnownKeys(text: string, replacement: string): string {
  return text.replace(knownKeys, replacement)
}

const schemeForm = /(?<![\w-])(bearer|basic|token|digest|apikey)( +)([\w.~+/-]+=*)/gi
const credentialCharsMin = 6

/** `Bearer abc123`: the scheme stays. `basic authentication` is prose: its second word has letters alone. */
export function withoutSchemeCredentials(text: string, replacement: string): string {
  return text.replace(schemeForm, (all: string, scheme: string, gap: string, credential: string) =>
    isCredential(scheme.toLowerCase(), credential) ? `${scheme}${gap}${replacement}` : all
  )
}

function isCredential(scheme: string, credential: string): boolean {
  if (credential.length < credentialCharsMin) return false
  if (/\d/.test(credential) || credential.endsWith('=')) return scheme !== 'token' || credential.length >= 16
  // Letters in both cases, as base64 has them; a word has its capital in front.
  return /[a-z]/.test(credential) && /.[A-Z]/.test(credential) && (scheme === 'bearer' || scheme === 'basic')
}

const loginForm = /(:\/\/[^\s:@/?#"'<>]{0,256}:)(?!\/)([^\s"'<>]{1,512})/g
const port = /^\d{1,5}(?:[/?#]|$)/

/**
 * `scheme://user:password@host`, wherever it stands in a text. The password may hold slashes up to its first `@`, and
 * more of these up to the path. A user alone is no secret.
 */
export function withoutLogins(text: string, replacement: string): string {
  return text.replace(loginForm, (_, place: string, rest: string) => {
    const first = rest.indexOf('@')
    if (first < 1 || port.test(rest)) return place + withoutLogins(rest, replacement)
    const path = rest.slice(first).search(/[/?#]/)
    const end = rest.lastIndexOf('@', path === -1 ? rest.length : first + path)
    return `${place}${replacement}${withoutLogins(rest.slice(end), replacement)}`
  })
}
