/**
 * Stacks of PHP: as PHP writes them (`#0 /app/cart.php(3): App\Cart->add()`), with messages and causes or without, and
 * as OpenTelemetry does (`at App.Cart.add(cart.php:3)`). PHP says where a function was called; a frame says where in a
 * function it is.
 */
import type { Frame } from '../../schema/event.ts'
import { frameOf, headingOf, wholeNumber, type TextException } from './text-stack.ts'

const numbered = /^#\d{1,6} (?:\[internal function\]: )?(.*)$/
const calledIn = /^(.{1,1000}?)\((\d{1,9})\): (.*)$/
const thrownIn = /^(.*) in (\S.{0,1000}):(\d{1,9})$/
const likeJava = /^\s+at ([^()]{1,600})\((?:([^()]{1,600}):(\d{1,9})|[^()]{0,200})\)$/
const shared = /^\s+\.\.\. (\d{1,6}) more$/
const libraries = new RegExp(
  `^(?:${[
    'OpenTelemetry|Symfony|Illuminate|Laravel|Doctrine|Psr|GuzzleHttp|Monolog|Composer|Twig|PHPUnit|Slim|Laminas|Nette',
    'Yii|Cake|League'
  ].join('|')})[\\\\.]`
)

type Call = { path: string | undefined; lineno: number | undefined; name: string }
type Reading = { heading: string[]; path?: string | undefined; lineno?: number | undefined; calls: Call[] }

export function parsePhp(lines: readonly string[]): TextException[] {
  return lines.some(line => likeJava.test(line)) ? parseLikeJava(lines) : parseNative(lines)
}

function parseNative(lines: readonly string[]): TextException[] {
  let reading: Reading = { heading: [], calls: [] }
  const readings = [reading]
  for (const line of lines) {
    const [, called] = numbered.exec(line) ?? []
    if (called !== undefined) reading.calls.push(callIn(called))
    else if (line.startsWith('Next ')) readings.push((reading = { heading: [line.slice(5)], calls: [] }))
    else if (reading.calls.length === 0 && line !== 'Stack trace:') reading.heading.push(line)
  }
  return readings.map(exceptionOf)
}

function callIn(called: string): Call {
  const [, path, lineno, name = called] = calledIn.exec(called) ?? []
  return { path, lineno: wholeNumber(lineno), name: nameIn(name) }
}

function exceptionOf({ heading, calls }: Reading): TextException {
  const text = heading.join('\n').trim()
  const [, , path, lineno] = thrownIn.exec(heading.findLast(line => /:\d{1,9}$/.test(line)) ?? '') ?? []
  const said = path === undefined ? text : text.slice(0, text.lastIndexOf(` in ${path}`))
  const newline = said.indexOf('\n')
  const { type, value } = headingOf(
    (newline === -1 ? said : said.slice(0, newline)).replace(/^PHP Fatal error: +Uncaught /, '')
  )
  const newestFirst = placed({ path, lineno: wholeNumber(lineno) }, calls)
  return { type, value: newline === -1 ? value : value + said.slice(newline), frames: newestFirst.reverse() }
}

/** Each function with the place in it from which the next was called; the first with where it was thrown. */
function placed(thrown: Omit<Call, 'name'>, calls: readonly Call[]): Frame[] {
  const places = [thrown, ...calls]
  return calls.flatMap(({ name }, index) => {
    const { path, lineno } = places[index] ?? thrown
    return path === undefined && index === 0 && name === '{main}' ? [] : [frame(name, path, lineno, index === 0)]
  })
}

function parseLikeJava(lines: readonly string[]): TextException[] {
  let newestFirst: Frame[] = []
  let enclosing: readonly Frame[] = []
  const exceptions: TextException[] = []
  let heading: string[] = []
  const finish = (): void => {
    const { type, value } = headingOf(heading[0] ?? '')
    const text = [value, ...heading.slice(1)].join('\n').trimEnd()
    exceptions.push({ type: type.replaceAll('.', '\\'), value: text, frames: [...newestFirst].reverse() })
  }
  for (const line of lines) {
    const [, called, path, lineno] = likeJava.exec(line) ?? []
    const [, common] = shared.exec(line) ?? []
    if (called !== undefined) newestFirst.push(frame(ofDots(called), path, wholeNumber(lineno)))
    else if (common !== undefined) newestFirst.push(...enclosing.slice(-Math.min(Number(common), enclosing.length)))
    else if (line.startsWith('Caused by: ')) {
      finish()
      enclosing = newestFirst
      newestFirst = []
      heading = [line.slice('Caused by: '.length)]
    } else if (newestFirst.length === 0) heading.push(line)
  }
  finish()
  return exceptions.reverse()
}

/** `App.Cart.add` → `App\Cart::add`; nothing tells a function of a namespace from a method. */
function ofDots(called: string): string {
  const dot = called.lastIndexOf('.')
  return dot <= 0 ? called : `${called.slice(0, dot).replaceAll('.', '\\')}::${called.slice(dot + 1)}`
}

/** Without arguments, with `::` for both kinds of methods, as SDKs name them. */
function nameIn(text: string): string {
  const arguments_ = text.indexOf('(')
  return (arguments_ <= 0 ? text : text.slice(0, arguments_)).replace('->', '::')
}

function frame(name: string, path: string | undefined, lineno: number | undefined, isFirst = false): Frame {
  // A trace without its message does not say where in the first function it was thrown; PHP's own have no namespace.
  const isOwn = path === undefined ? /[:\\]/.test(name) && isFirst : !/[/\\]vendor[/\\]/.test(path)
  return frameOf({
    function: name === '{main}' ? undefined : name,
    filename: path ?? (isFirst ? undefined : '[internal]'),
    abs_path: path,
    lineno,
    in_app: isOwn && !libraries.test(name)
  })
}
