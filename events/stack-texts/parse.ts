/**
 * Stack traces that come as text, read into frames by the language that wrote them. A text of a language without a
 * parser, or of no known form, gives nothing: whoever asks keeps the text then.
 */
import { parseDotnet } from './dotnet.ts'
import { parseGo } from './go.ts'
import { parseJava } from './java.ts'
import { parseJavascript } from './javascript.ts'
import { parsePhp } from './php.ts'
import { parsePython } from './python.ts'
import { parseRuby } from './ruby.ts'
import { linesOf, type StackParser, type TextException } from './text-stack.ts'

export type { TextException } from './text-stack.ts'

const parsers = {
  python: parsePython,
  node: parseJavascript,
  javascript: parseJavascript,
  java: parseJava,
  go: parseGo,
  ruby: parseRuby,
  csharp: parseDotnet,
  php: parsePhp
} as const satisfies Record<string, StackParser>

/** The platforms, in Mesher's words, whose stack texts are read. */
export type StackPlatform = keyof typeof parsers

/** How the texts of each language can be told apart where nothing else says which it is; the first that fits counts. */
const signs: ReadonlyArray<readonly [RegExp, StackPlatform]> = [
  [/^\s{0,8}(?:\+ Exception Group )?Traceback \(most recent call last\):/m, 'python'],
  [/^goroutine \d{1,9} \[/m, 'go'],
  [/^#\d{1,4} .{1,600}\(\d{1,9}\): /m, 'php'],
  [/^\s{1,8}at .{1,600}\(.{1,300}\.php:\d{1,9}\)$/m, 'php'],
  [/^\s{1,8}at .{1,600}\(.{1,300}\.(?:java|kt|scala|groovy|clj):\d{1,9}\)/m, 'java'],
  [/ in .{1,600}:line \d{1,9}$|^ {3}at [\w.`<>+|[\],]{1,400}\([^:()]{0,400}\)$/m, 'csharp'],
  [/:\d{1,9}:in [`']/m, 'ruby'],
  [/^\s{1,8}at .{1,900}:\d{1,9}(?::\d{1,9})?\)?$|@(?:https?|file):.{1,900}:\d{1,9}/m, 'node']
]
const guessedCharsMax = 4_000

export function isStackPlatform(platform: string): platform is StackPlatform {
  return Object.hasOwn(parsers, platform)
}

/** The platform whose runtime writes texts of this form; null when none does. */
export function platformOfText(text: string): StackPlatform | null {
  const head = text.slice(0, guessedCharsMax)
  return signs.find(([sign]) => sign.test(head))?.[1] ?? null
}

/** The exceptions in the text that have frames, with what was thrown last at the end. */
export function parseStackText(text: string, platform: StackPlatform): TextException[] {
  return parsers[platform](linesOf(text)).filter(({ frames }) => frames.length > 0)
}
