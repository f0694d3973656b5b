/**
 * Stacks of Go as `debug.Stack()` and panics write them: of the first goroutine, which is the one that wrote it. What
 * caught a panic, and what recorded an error, is no part of how it came about.
 */
import type { Frame } from '../../schema/event.ts'
import { frameOf, wholeNumber, type TextException } from './text-stack.ts'

const place = /^\s+(.{1,1500}):(\d{1,9})(?: \+0x[0-9a-f]{1,16})?$/
const recorders = /^(?:runtime|runtime\/debug|go\.opentelemetry\.io\/otel(?:\/.{0,200})?|log\/slog)$/
const notOwn = /@v\d|\/pkg\/mod\/|\/vendor\/|\/go\/src\/|\/(?:usr\/lib|libexec|opt\/hostedtoolcache)\/.{0,100}\/src\//

export function parseGo(lines: readonly string[]): TextException[] {
  const newestFirst: Frame[] = []
  let goroutines = 0
  let panickedAt = -1
  for (const [index, line] of lines.entries()) {
    if (/^goroutine \d+ .{0,40}\[/.test(line) && ++goroutines > 1) break
    const [, path, lineno] = place.exec(lines[index + 1] ?? '') ?? []
    if (path === undefined || /^\s/.test(line) || line.startsWith('created by ')) continue
    if (line.startsWith('panic(')) panickedAt = newestFirst.length
    newestFirst.push(frame(line, path, wholeNumber(lineno)))
  }
  const happened = panickedAt === -1 ? withoutRecorders(newestFirst) : newestFirst.slice(panickedAt + 1)
  return [{ type: '', value: '', frames: happened.reverse() }]
}

function withoutRecorders(newestFirst: readonly Frame[]): Frame[] {
  const first = newestFirst.findIndex(({ module }) => !recorders.test(module ?? ''))
  return newestFirst.slice(first === -1 ? 0 : first)
}

/** `example.com/shop/cart.(*Cart[...]).Pay(0xc000, 0x3?)`: the package ends at the first dot behind its last slash. */
function frame(called: string, path: string, lineno: number | undefined): Frame {
  const arguments_ = called.lastIndexOf('(')
  const name = arguments_ > 0 ? called.slice(0, arguments_) : called
  const dot = name.indexOf('.', endOfFolders(name))
  const module = dot === -1 ? '' : name.slice(0, dot)
  return frameOf({
    module: module || 'runtime',
    function: dot === -1 ? name : name.slice(dot + 1),
    filename: path.slice(path.lastIndexOf('/') + 1),
    abs_path: path,
    lineno,
    in_app: isOwn(module, path)
  })
}

/** Slashes in type arguments (`Run[example.com/x.T]`) and receivers are none of the package's. */
function endOfFolders(name: string): number {
  const end = name.search(/[[(]/)
  return (end === -1 ? name : name.slice(0, end)).lastIndexOf('/') + 1
}

/** With `-trimpath` files have no root, and the standard library is known by packages without a domain. */
function isOwn(module: string, path: string): boolean {
  if (module === '' || notOwn.test(path)) return false
  return path.startsWith('/') || /^[A-Za-z]:/.test(path) || module === 'main' || /^[^/]{0,200}\./.test(module)
}
