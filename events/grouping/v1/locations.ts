/** Where code is, by names that stay the same from build to build and from machine to machine. */

const charsMax = 200
const nowhere = new Set(['', '<anonymous>', '[native code]', 'native', '<unknown>', '?'])

/** A module without what the JVM's proxies and lambdas add to the names of classes. */
export function cleanModule(module: string): string {
  const name = module
    .slice(0, 2 * charsMax)
    .trim()
    .replace(/\$\$(?:Lambda|EnhancerBy|FastClassBy|SpringCGLIB|_javassist).*$/, '')
    .replace(/\$Proxy\d{1,10}$/, '$Proxy')
    .replace(/(Generated(?:Method|Constructor|SerializationConstructor)Accessor)\d{1,10}$/, '$1')
    .replace(/__\d{2,10}$/, '')
    .slice(0, charsMax)
  return nowhere.has(name) ? '' : name
}

/** `https://host/static/app.3f2a9c1b.js?v=2` → `app.js`; '' when nothing but a hash is left. */
export function cleanFileName(file: string): string {
  const question = file.indexOf('?')
  const place = (question === -1 ? file : file.slice(0, question)).slice(-charsMax).replace(/[/\\]{1,9}$/, '')
  const base = place.slice(Math.max(place.lastIndexOf('/'), place.lastIndexOf('\\')) + 1)
  if (nowhere.has(place) || nowhere.has(base)) return ''
  return withoutHashes(base).toLowerCase()
}

/** Hashes of contents stand between `.`, `-` or `_`; numbers of chunks too, in names that say they are one. */
function withoutHashes(base: string): string {
  const parts = base.split(/([.\-_])/)
  const isChunk = /chunk|bundle/i.test(base)
  let kept = ''
  let words = 0
  for (let index = 0; index < parts.length; index += 2) {
    const part = parts[index] ?? ''
    const isExtension = index === parts.length - 1 && parts[index - 1] === '.' && parts[index - 2] !== ''
    if (!isExtension && part !== '' && (isHash(part) || (/^\d+$/.test(part) && (isChunk || parts.length <= 3)))) {
      continue
    }
    kept += (kept === '' ? '' : (parts[index - 1] ?? '')) + part
    if (!isExtension && part !== '') words += 1
  }
  return words === 0 && parts.length > 1 && kept.length < base.length ? '' : kept
}

/** Hexadecimal with a digit, or capitals and digits mixed as in base 64 and base 32. */
function isHash(part: string): boolean {
  if (/^[0-9a-f]{6,64}$/i.test(part)) return /\d/.test(part)
  return (
    part.length >= 8 &&
    part.length <= 64 &&
    /^[A-Za-z0-9]+$/.test(part) &&
    /[A-Z]/.test(part) &&
    /\d[A-Za-z]/.test(part)
  )
}
