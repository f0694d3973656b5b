/** Names of functions without what compilers and runtimes put around them; '' for what has no name. */

const charsMax = 256
const nameless = new Set(['', '?', '<anonymous>', '(anonymous)', 'anonymous', '<unknown>', 'eval', 'native'])

export function cleanFunction(name: string): string {
  const called = withoutSuffixes(withoutPrefixes(name.slice(0, charsMax).trim()))
  const segment = lastSegment(called)
  return nameless.has(segment) ? '' : segment
}

/** JavaScript's `async` and `new`, Ruby's `block (2 levels) in`, `rescue in` and `ensure in`. */
function withoutPrefixes(name: string): string {
  return name.replace(/^(?:(?:async|new|(?:block(?: \(\d{1,4} levels\))?|rescue|ensure) in) )+/, '')
}

function withoutSuffixes(name: string): string {
  if (/^(?:lambda\$|access\$\d)/.test(name) || /[.:](?:lambda\$|access\$\d)[^.:]*$/.test(name)) return ''
  return (
    name
      .replace(/ \[as [^\]]{1,200}\]$/, '')
      .replace(/ ?\[clone [^\]]{1,200}\]$/, '')
      // PHP 8.4 names a closure by its line.
      .replace(/\{closure:.{0,250}\}$/, '{closure}')
      // .NET: the method is in the name of the class or method that the compiler made of it.
      .replace(/<(\w{1,200})>(?:[a-z]__[\w|]{0,50}|d__\d{1,6}\.MoveNext)$/, '$1')
      // Rust: hash and closures. Go: function literals. GCC and LLVM: clones of one function.
      .replace(/::h[0-9a-f]{16}$/, '')
      .replace(/(?:::\{\{closure\}\}|::\{closure#\d{1,6}\})+$/, '')
      .replace(/(?:\.func\d{1,6}(?:\.\d{1,6})*|\.gowrap\d{1,6}|-fm)+$/, '')
      .replace(/(?:\.(?:isra|constprop|part|cold|llvm|lto_priv)(?:\.\d{1,20})?)+$/, '')
      // Clojure and others number what has no name.
      .replace(/__\d{2,10}$/, '')
  )
}

/**
 * What comes after the last `.`, `::`, `#`, `/` or `\`, looked for before the arguments and not inside `<…>` or `(…)`.
 */
function lastSegment(name: string): string {
  let depth = 0
  let end = name.length
  for (let index = name.length - 1; index >= 0; index--) {
    const char = name.charAt(index)
    if (char === '>' && name.charAt(index - 1) !== '-') depth += 1
    else if (char === ')') depth += 1
    else if (char === '<' && depth > 0) depth -= 1
    else if (char === '(' && depth > 0) {
      depth -= 1
      // Arguments end the name, if something is called by them.
      if (
        depth === 0 &&
        index > 0 &&
        /[\w>]/.test(name.charAt(index - 1)) &&
        /^\)?(?: const)?$/.test(name.slice(closing(name, index), end))
      ) {
        end = index
      }
    } else if (depth === 0 && isSeparator(char, name, index)) return name.slice(index + 1, end)
  }
  return name.slice(0, end)
}

function isSeparator(char: string, name: string, index: number): boolean {
  return char === '.' || char === '#' || char === '\\' || (char === ':' && name.charAt(index - 1) === ':')
}

/** Where the bracket that opens at `open` is closed. */
function closing(name: string, open: number): number {
  const close = name.lastIndexOf(')')
  return close < open ? name.length : close
}
