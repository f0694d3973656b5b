/** Names as Swift's demangler writes them: what the compiler made of a function leads back to the function. */

const prefix = [
  '@objc',
  '@nonobjc',
  'static',
  'class',
  'specialized',
  'merged',
  'implicit',
  'override',
  'dynamic',
  'partial apply(?: forwarder)? for',
  'protocol witness for',
  'dispatch thunk of',
  'async function pointer to',
  'suspend resume partial function for',
  'await resume partial function for',
  '\\(\\d{1,4}\\) (?:await|suspend) resume partial function for',
  '(?:generic|function signature) specialization <.{1,400}?> of'
].join('|')
const prefixes = new RegExp(`^(?:(?:${prefix}) ){1,8}`)

/** What stands in names of Swift's and in no others. */
const signs = new RegExp(
  [
    / -> /,
    /closure #\d/,
    /\bthunk\b/,
    /partial apply/,
    /initialization expression of/,
    /^@objc /,
    /\.(?:getter|setter|modify|read|willset|didset|init) : /,
    / resume partial function /,
    /^(?:static|specialized|merged) [^(]{1,400}\([^:]{0,400}:/
  ]
    .map(sign => sign.source)
    .join('|')
)

/** Null when it is no name of Swift's. */
export function swiftName(name: string): string | null {
  if (!signs.test(name)) return null
  const plain = name.replace(prefixes, '')
  if (/^(?:reabstraction )?thunk /.test(plain)) return 'thunk for closure'
  const inner = plain.replace(prefixes, '')
  const made = /^(?:implicit closure|autoclosure|closure|defer) #\d{1,6}/.exec(inner)
  if (made !== null) {
    return `${made[0].startsWith('defer') ? 'defer' : 'closure'} in ${withoutInitialiser(afterLastIn(inner))}`
  }
  return withoutInitialiser(inner)
}

function withoutInitialiser(name: string): string {
  const plain = name.replace(prefixes, '')
  const initialised = /^variable initialization expression of (.*)$/s.exec(plain)?.[1]
  return initialised === undefined ? declared(plain) : `initializer expression of ${declared(initialised)}`
}

/** `static (extension in Shop):Cart.total : Int` → `Cart.total`; `Cart.add(item: Item) throws -> ()` → `Cart.add`. */
function declared(name: string): string {
  const plain = name
    .replace(prefixes, '')
    .replace(/\(extension in [^)]{1,200}\):/g, '')
    .replace(/\((\w{1,200}) in _[0-9A-F]{32}\)/g, '$1')
  const end = plain.search(/\(| : | throws | -> |<| async /)
  return end <= 0 ? plain : plain.slice(0, end)
}

/** What comes after the last ` in ` that stands in no bracket. */
function afterLastIn(name: string): string {
  let depth = 0
  let start = 0
  for (let index = 0; index < name.length; index++) {
    const char = name.charAt(index)
    if (char === '(' || char === '[') depth += 1
    else if (char === ')' || char === ']') depth -= 1
    else if (char === ' ' && depth <= 0 && name.startsWith(' in ', index)) start = index + 4
  }
  return name.slice(start)
}
