/**
 * Hashes of contents in the names of built files, known by where bundlers put them and what they look like: Vite and
 * Rollup `cart-B3xK9a_Q.js`, esbuild and Angular `chunk-ABCDEFGH.js`, webpack `main.3f2a….chunk.js`, Parcel
 * `index.3f2a9c1b.js`, Next `page-3f2a….js`, Turbopack `_3f2a9c._.js`, Sprockets `application-3f2a….js`. What reads
 * like words, with a number among them or not, is a name.
 */

/** What bundlers put between a name and its extension. */
const kinds = [
  'chunk',
  'bundle',
  'min',
  'module',
  'modern',
  'legacy',
  'esm',
  'umd',
  'cjs',
  'es',
  'async',
  'prod',
  'production',
  'development',
  'entry',
  'worker'
].join('|')
const extensions = 'm?js|cjs|jsx|css|wasm|jsbundle'
const built = new RegExp(`((?:\\.(?:${kinds})){0,4}\\.(?:${extensions})(?:\\.map)?)$`, 'i')
/** Where names are nothing but a hash. */
const folders = /^(?:_nuxt|chunks|immutable|assets|nodes|_astro)$/i

/** '' when nothing but hashes and numbers of chunks is left. */
export function withoutContentHash(base: string, folder: string): string {
  const extension = built.exec(base)?.[1] ?? ''
  if (extension === '') return withoutLongHash(base)
  const stem = base.slice(0, base.length - extension.length)
  const name = withoutHashes(stem, folder)
  const isChunk = /chunk|bundle/i.test(base)
  const kept = isChunk || name !== stem ? withoutNumbers(name) : isNumber(name) ? '' : name
  if (kept !== '') return kept + extension
  return isChunk && /^\.(?:chunk|bundle)/.test(extension) ? extension.slice(1) : ''
}

/** Of a chunk; years are names. */
function isNumber(name: string): boolean {
  return /^\d{1,12}$/.test(name) && !/^(?:19|20)\d\d$/.test(name)
}

/** Whether a folder is named by a hash. */
export function isHashedFolder(folder: string): boolean {
  return /^[0-9a-f]{7,64}$/i.test(folder)
    ? /\d/.test(folder)
    : /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(folder) ||
        (/^[\w-]{20,24}$/.test(folder) && /\d/.test(folder) && /[A-Z]/.test(folder) && /[a-z]/.test(folder))
}

/** Cached templates (`3f2a….php`, 32 digits and more) and pages whose address ends with an id have no name. */
function withoutLongHash(base: string): string {
  const isCached = /^[0-9a-f]{32,64}(?:\.\w{1,12})?$/i.test(base)
  const isPage = /^(?:\d{1,20}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(base)
  return isCached || isPage ? '' : base
}

function withoutHashes(stem: string, folder: string): string {
  const name = stem.replace(/\._$/, '')
  if (isHex(name) || (folders.test(folder) && isMixed(name))) return ''
  const last = lastSeparator(name)
  const tail = name.slice(last + 1)
  if (last >= 0 && isHex(tail)) return trimmed(withoutHashes(name.slice(0, last), ''))
  const before = name.charAt(name.length - 9)
  const eight = name.slice(-8)
  if ((before === '-' || before === '.') && name.length > 9) {
    const rest = name.slice(0, -9)
    if (isMixed(eight) || (isBase32(eight) && /[a-z]/.test(rest))) return trimmed(rest)
  }
  const first = /^([0-9a-f]{8,64})[._-](?=\w)/i.exec(name)?.[1]
  return first !== undefined && isHex(first) && changes(first) >= 2 ? name.slice(first.length + 1) : name
}

function trimmed(name: string): string {
  return name.replace(/[._~-]{1,4}$/, '')
}

function lastSeparator(name: string): number {
  return Math.max(name.lastIndexOf('.'), name.lastIndexOf('-'), name.lastIndexOf('_'), name.lastIndexOf('~'))
}

/** Without parts that are a number only: the numbers of chunks. */
function withoutNumbers(name: string): string {
  return name
    .split(/(?<=[.~-])|(?=[.~-])/)
    .filter(part => !/^\d{1,9}$/.test(part))
    .join('')
    .replace(/^[.~-]{1,4}|[.~-]{1,4}$/g, '')
    .replace(/([.~-])[.~-]{1,4}/g, '$1')
}

/** Lengths that digests are cut to. Shorter ones need to change between digits and letters: `ed25519` is a word. */
function isHex(part: string): boolean {
  if (part.length < 6 || part.length > 128 || !/^(?:[0-9a-f]{6,128}|[0-9A-F]{6,128})$/.test(part)) return false
  const count = changes(part)
  if (part.length < 8) return count >= 3
  if (part.length >= 16) return /\d/.test(part)
  if (count === 0) return /^(?:\d{8}|\d{16}|\d{20})$/.test(part)
  return count > 1 || !/^(?=[a-f]*[ae])[a-f]{4,7}\d{1,4}$/i.test(part)
}

/** How often digits follow letters or letters digits. */
function changes(part: string): number {
  let count = 0
  for (let index = 1; index < part.length; index++) {
    if (isDigit(part, index) !== isDigit(part, index - 1)) count += 1
  }
  return count
}

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code >= 48 && code <= 57
}

function isBase32(part: string): boolean {
  return /^[A-Z2-7]{8}$/.test(part)
}

/** Eight characters of base64url that read like no name. */
function isMixed(part: string): boolean {
  if (!/^[\w-]{8}$/.test(part) || /^[a-z_-]+$/.test(part)) return false
  const pieces = part.split(/[_-]/)
  if (pieces.length === 1) return /[A-Z]/.test(part) ? !isWordsWithNumber(part) : !isLowerWithNumber(part)
  if (!/[A-Z]/.test(part)) return !pieces.every(isLowerWithNumber)
  return pieces.includes('') || !pieces.every(isPlainWord)
}

/** `base64id`, `x64`, `2x2`: lower case, with one number that does not stand first. */
function isLowerWithNumber(piece: string): boolean {
  return /^(?:[a-z]{1,8}\d*[a-z]*|\d[a-z]\d|\d{1,4}|[23]d)$/.test(piece) && piece.split(/\d+/).every(isPronounceable)
}

const acronym =
  '(?:API|AST|CSS|CSV|DOM|ES|GPU|HTML|HTTP|ID|IO|JS|JSON|JSX|JWT|MD|PDF|RGB|RSA|SHA|SQL|SVG|TS|UI|URI|URL|UTF|UUID|XML)'
const words = new RegExp(`^(?:${acronym}|[a-z]{2,8}|[A-Z][a-z]{2,8}|O(?=Auth))?(?:${acronym}|[A-Z][a-z]{2,8}){0,3}$`)

/** `OAuth2Ab`, `toString`, `HTML5Foo`: words in camel case, with one number between or after them. */
function isWordsWithNumber(part: string): boolean {
  const [left = '', right = '', ...more] = part.split(/\d+/)
  return more.length === 0 && left !== '' && !/^[a-z]/.test(right) && [left, right].every(isWords)
}

function isWords(piece: string): boolean {
  return words.test(piece) && piece.split(/(?=[A-Z][a-z])/).every(isPronounceable)
}

function isPlainWord(piece: string): boolean {
  return /^(?:[a-z]{2,7}|[A-Z][a-z]{2,7}|[A-Z]{2})$/.test(piece) && isPronounceable(piece)
}

/** The pairs of consonants that words begin with. */
const onsets =
  'bl|br|ch|cl|cr|dr|dw|fl|fr|gh|gl|gn|gr|kn|ph|pl|pr|ps|qu|rh|sc|sh|sk|sl|sm|sn|sp|sq|st|sw|th|tr|ts|tw|wh|wr'
const oddOnset = new RegExp(`^(?!${onsets})[^aeiouy]{2}`, 'i')

/** Vowels and consonants take turns, more or less. */
function isPronounceable(word: string): boolean {
  return (
    word.length < 3 ||
    /^[A-Z]+$/.test(word) ||
    (/[aeiouy]/i.test(word) &&
      !oddOnset.test(word) &&
      !/[^aeiouy]{4}|^(?!s[cht][rl]|sp[lr]|sch|thr|chr|phr|shr)[^aeiouy]{3}|[aeiou]{3}|[jqz][^aeiouy]/i.test(word))
  )
}
