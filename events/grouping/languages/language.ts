/**
 * What a language contributes to grouping: which part of the names of functions and modules is written by people, and
 * which by compilers and runtimes. A language is data, a list of rules for each kind of name; where a list is not
 * enough it brings a function. Names are cut before, every repetition in a rule has a bound, so no name takes long.
 */

/** What is generated, and what stays in its place. Rules are applied once each, in their order. */
export type Rule = readonly [generated: RegExp, instead: string]

export type Language = {
  readonly name: string
  /** Whether the line of source of a frame counts, where the event has it. */
  readonly hasSourceLines: boolean
  readonly functionName: (name: string) => string
  readonly moduleName: (module: string) => string
  /** Applied to the whole path; what the rules leave is reduced to its base name. */
  readonly filePath: (path: string) => string
  /** Names of functions that mark a frame as a wrapper, which says nothing at all. */
  readonly wrappers: ReadonlySet<string>
  /** Frames that are never of the application, by the start of `module.function`, or of the function alone. */
  readonly machinery: RegExp | null
}

export type LanguageData = {
  name: string
  hasSourceLines?: boolean
  /** Of a name, before anything is done with it. */
  charsMax?: number
  functions?: readonly Rule[]
  /** What rules cannot do: runs between the two lists. */
  reduce?: (name: string) => string
  functionsAfter?: readonly Rule[]
  nameless?: readonly string[]
  modules?: readonly Rule[]
  files?: readonly Rule[]
  wrappers?: readonly string[]
  machinery?: RegExp
}

const charsMaxDefault = 600
const pathCharsMax = 300
const keptCharsMax = 256
const namelessAnywhere = ['', '?', '??', '<unknown>', '(unknown)', 'unknown', '<anonymous>', '(anonymous)', 'anonymous']
/** An address of memory is another one in every process. */
const address: Rule = [/:?0x[0-9a-f]{4,16}/gi, '']

export function defineLanguage(data: LanguageData): Language {
  const {
    functions = [],
    functionsAfter = [],
    modules = [],
    files = [],
    reduce = same,
    charsMax = charsMaxDefault
  } = data
  const nameless = new Set([...namelessAnywhere, ...(data.nameless ?? [])])
  const moduleRules = [...modules, address]
  return {
    name: data.name,
    hasSourceLines: data.hasSourceLines === true,
    functionName: name => {
      const whole = name.slice(0, charsMax).trim()
      if (nameless.has(whole)) return ''
      const reduced = reduce(applied(functions, whole))
      const kept = applied(functionsAfter, reduced).trim()
      return nameless.has(kept) ? '' : kept.slice(0, keptCharsMax)
    },
    moduleName: module => {
      const kept = applied(moduleRules, module.slice(0, charsMax).trim())
      return nameless.has(kept) ? '' : kept.slice(0, keptCharsMax)
    },
    filePath: path => (files.length === 0 ? path : applied(files, path.slice(-pathCharsMax))),
    wrappers: new Set(data.wrappers ?? []),
    machinery: data.machinery ?? null
  }
}

function same(name: string): string {
  return name
}

export function applied(rules: readonly Rule[], text: string): string {
  let kept = text
  for (const [generated, instead] of rules) kept = kept.replace(generated, instead)
  return kept
}
