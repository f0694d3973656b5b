/**
 * `static int ns::Foo<int>::run(char const*) const` → `ns::Foo<T>::run`, in one pass from left to right: arguments of
 * templates become `<T>`, return type and arguments go. Brackets that do not match go with all that follows.
 */

const anonymous = '(anonymous namespace)'
const genericTypes = /^[A-Z]$/
const nestingMax = 4

export function withoutSignature(name: string, nesting = 0): string {
  let token = ''
  let hasArguments = false
  let index = 0
  while (index < name.length) {
    const char = name.charAt(index)
    if (hasArguments) {
      // After the arguments only what is inside the function counts: `run(int)::lambda`.
      const next = name.indexOf('::', index)
      if (next === -1 || /\S/.test(name.slice(index, next).replace(/ ?(?:const|&&?|noexcept|volatile)/g, ''))) break
      hasArguments = false
      index = next
    } else if (char === '<') {
      const operator = operatorAt(token, name, index)
      if (operator !== '') {
        token += operator
        index += operator.length
      } else if (name.startsWith('<lambda>', index)) {
        token += '<lambda>'
        index += 8
      } else if (name.startsWith('<impl ', index)) {
        const end = closing(name, index, '<', '>')
        token = implemented(name.slice(index + 6, end), nesting)
        index = end + 1
      } else if (token.endsWith('::') && !name.startsWith('<unnamed', index)) {
        // Rust's older names of symbols leave these arguments out.
        token = token.slice(0, -2)
        index = closing(name, index, '<', '>') + 1
      } else {
        const end = closing(name, index, '<', '>')
        const isQualified = /^[&*]*$/.test(token) && name.startsWith('::', end + 1)
        token += isQualified ? qualified(name.slice(index + 1, end), nesting) : '<T>'
        index = end + 1
      }
    } else if (char === '(') {
      if (name.startsWith(anonymous, index)) {
        token += anonymous
        index += anonymous.length
      } else if (token.endsWith('operator') && name.charAt(index + 1) === ')') {
        token += '()'
        index += 2
      } else {
        hasArguments = token !== ''
        index = closing(name, index, '(', ')') + 1
      }
    } else if (char === ' ' && !/(?:^|::|\W)operator/.test(token)) {
      // `f (int)` and `T > ::f` are one name.
      const next = name.charAt(index + 1)
      if (next !== '(' || name.startsWith(anonymous, index + 1)) token = isLastToken(name, index) ? token : ''
      index += 1
    } else {
      token += char
      index += 1
    }
  }
  return token.replace(/^[*&]{1,4}/, '').trim()
}

/** Whether only words that may follow a name without arguments come. */
function isLastToken(name: string, index: number): boolean {
  return /^ ?(?:const|volatile|noexcept)? ?$/.test(name.slice(index, index + 20)) || !name.includes('(', index)
}

/** The operator whose name holds the bracket, '' when it opens arguments. */
function operatorAt(token: string, name: string, index: number): string {
  if (!token.endsWith('operator')) return ''
  return /^(?:<=>|<<=|<<|<=|<)/.exec(name.slice(index, index + 3))?.[0] ?? ''
}

/** Rust: `<Cart as Trait>::pay` is of `Cart`; of a type parameter only the trait is known. */
function qualified(inside: string, nesting: number): string {
  const as = inside.indexOf(' as ')
  const type = (as === -1 ? inside : inside.slice(0, as)).replace(/^(?:&|mut |dyn |\*const |'\w{1,20} ){1,6}/, '')
  const trait = as === -1 ? '' : inside.slice(as + 4)
  const meant = trait !== '' && genericTypes.test(type) ? trait : type
  return nesting < nestingMax ? withoutSignature(meant, nesting + 1) : 'T'
}

/** Rust: of `<impl Cart>` and `<impl Trait for Cart>` the type counts, not the module where they stand. */
function implemented(inside: string, nesting: number): string {
  const at = inside.indexOf(' for ')
  return qualified(at === -1 ? inside : `${inside.slice(at + 5)} as ${inside.slice(0, at)}`, nesting)
}

function closing(name: string, open: number, opens: string, closes: string): number {
  let depth = 0
  for (let index = open; index < name.length; index++) {
    const char = name.charAt(index)
    if (char === opens) depth += 1
    else if (char === closes && !(closes === '>' && name.charAt(index - 1) === '-')) {
      depth -= 1
      if (depth === 0) return index
    }
  }
  return name.length
}
