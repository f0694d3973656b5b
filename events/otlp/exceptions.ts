/**
 * The attributes `exception.*` of a record as exceptions with frames. What the attributes say counts for more than what
 * the text of the stack says of the same; causes come from the text alone.
 */
import type { Exception, Frame } from '../../schema/event.ts'
import { isStackPlatform, parseStackText, platformOfText, type TextException } from '../stack-texts/parse.ts'
import { textIn, type Attributes } from './values.ts'

export type Thrown = {
  values: Exception[]
  /** Of the SDK's language, or what the form of the text tells. */
  platform: string
  /** The text of the stack, where no frame could be read in it. */
  unread: string | undefined
}

/** The languages of `telemetry.sdk.language`, as platforms. */
const platforms = new Map([
  ['nodejs', 'node'],
  ['webjs', 'javascript'],
  ['dotnet', 'csharp'],
  ['erlang', 'elixir'],
  ['cpp', 'native'],
  ['swift', 'cocoa']
])
const known = new Set(['python', 'java', 'go', 'ruby', 'php', 'rust'])
/** Types that are written with the module or package that they are of. */
const qualified = /^((?:[a-z_][\w]{0,100}\.){1,20})([A-Z_].{0,300})$/

export function platformOf(language: string | undefined): string {
  return language === undefined ? 'other' : (platforms.get(language) ?? (known.has(language) ? language : 'other'))
}

/** Null when the record tells of no exception. */
export function thrownIn(attributes: Attributes, language: string | undefined): Thrown | null {
  const type = textIn(attributes, 'exception.type')
  const message = textIn(attributes, 'exception.message')
  const text = textIn(attributes, 'exception.stacktrace')
  if (type === undefined && message === undefined && text === undefined) return null

  const said = platformOf(language)
  const platform = said !== 'other' || text === undefined ? said : (platformOfText(text) ?? said)
  const parsed = text !== undefined && isStackPlatform(platform) ? parseStackText(text, platform) : []
  const main = parsed.at(-1)
  const frames = main?.frames ?? placeOf(attributes)
  const thrown = {
    type: type ?? main?.type ?? '',
    value: message ?? main?.value ?? firstLine(text, type),
    frames
  }
  return {
    values: [...parsed.slice(0, -1), thrown].map(exception => exceptionOf(exception, platform, attributes)),
    platform,
    unread: parsed.length === 0 ? text : undefined
  }
}

function firstLine(text: string | undefined, type: string | undefined): string {
  return type === undefined ? (text?.split('\n', 1)[0] ?? '') : ''
}

function exceptionOf({ type, value, frames }: TextException, platform: string, attributes: Attributes): Exception {
  const [, module, name] = (platform === 'python' || platform === 'java' ? qualified.exec(type) : null) ?? []
  return {
    type: (name ?? type) || undefined,
    value: value === '' && (type !== '' || frames.length > 0) ? undefined : value,
    ...(module !== undefined && { module: module.slice(0, -1) }),
    ...(frames.length > 0 && { stacktrace: { frames } }),
    mechanism: { type: 'opentelemetry', ...(hasEscaped(attributes) && { handled: false }) }
  }
}

/**
 * An exception that left the span was not handled in it. That it did not leave says nothing: Python writes `False`
 * whatever happened.
 */
function hasEscaped(attributes: Attributes): boolean {
  return textIn(attributes, 'exception.escaped')?.toLowerCase() === 'true'
}

/** Where the record was written, for an exception without a stack. */
function placeOf(attributes: Attributes): Frame[] {
  const name = textIn(attributes, 'code.function.name', 'code.function')
  const path = textIn(attributes, 'code.file.path', 'code.filepath')
  if (name === undefined && path === undefined) return []
  const line = Number(textIn(attributes, 'code.line.number', 'code.lineno') ?? NaN)
  const module = textIn(attributes, 'code.namespace')
  return [
    {
      ...(name !== undefined && { function: name }),
      ...(module !== undefined && { module }),
      ...(path !== undefined && { filename: path, abs_path: path }),
      ...(Number.isSafeInteger(line) && { lineno: line }),
      in_app: true
    }
  ]
}
