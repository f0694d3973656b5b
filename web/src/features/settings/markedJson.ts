/**
 * An event as lines of JSON in which what scrubbing removed is marked: on one side what is gone, on the other what
 * stands in its place. Of texts only the parts that differ are marked.
 */
import type { ScrubPreview } from '../../api/types.ts'

export type Segment = { text: string; isMarked: boolean }
export type Line = Segment[]
export type Side = 'before' | 'after'

const filtered = '[Filtered]'
type Path = ScrubPreview['removed'][number]['path']
/** Paths are those before; `dropped` are what stands nowhere after. */
type Walk = { side: Side; after: unknown; removed: ReadonlySet<string>; dropped: ReadonlySet<string>; lines: Line[] }

export function markedLines({ before, after, removed }: ScrubPreview, side: Side): Line[] {
  const dropped = removed.filter(({ kind }) => kind === 'address')
  const walk: Walk = {
    side,
    after,
    removed: new Set(removed.map(({ path }) => keyOf(path))),
    dropped: new Set(dropped.map(({ path }) => keyOf(path))),
    lines: [[]]
  }
  write(side === 'before' ? before : after, [], { indent: '', end: '' }, walk)
  return walk.lines
}

function keyOf(path: Path): string {
  return JSON.stringify(path)
}

/** `end` is the comma behind it. */
function write(value: unknown, path: Path, { indent, end }: { indent: string; end: string }, walk: Walk): void {
  if (walk.removed.has(keyOf(path))) {
    for (const [index, segments] of markedValue(value, path, walk).entries()) {
      if (index > 0) walk.lines.push([plain(indent)])
      add(walk, ...segments)
    }
    add(walk, plain(end))
    return
  }
  const entries: [label: string, member: unknown, step: string | number][] | null = Array.isArray(value)
    ? value.map((member, index) => ['', member, walk.side === 'before' ? index : indexBefore(index, path, walk)])
    : isMembers(value)
      ? Object.entries(value).map(([key, member]) => [`${JSON.stringify(key)}: `, member, key])
      : null
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  if (entries === null) add(walk, plain(JSON.stringify(value) + end))
  else if (entries.length === 0) add(walk, plain(open + close + end))
  else {
    add(walk, plain(open))
    for (const [index, [label, member, step]] of entries.entries()) {
      walk.lines.push([plain(`${indent}  ${label}`)])
      write(member, [...path, step], { indent: `${indent}  `, end: index < entries.length - 1 ? ',' : '' }, walk)
    }
    walk.lines.push([plain(indent + close + end)])
  }
}

function isMembers(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The index that an item of a list had before others were dropped from it. */
function indexBefore(index: number, path: Path, { dropped }: Walk): number {
  let before = 0
  for (let left = index; ; before++) {
    if (dropped.has(keyOf([...path, before]))) continue
    if (left === 0) return before
    left -= 1
  }
}

/** The segments of each line. */
function markedValue(value: unknown, path: Path, walk: Walk): Line[] {
  if (typeof value === 'string') {
    const after = walk.side === 'before' ? afterOf(path, walk) : value
    const parts = walk.side === 'before' ? removedParts(value, typeof after === 'string' ? after : '') : standIns(value)
    return [[plain('"'), ...parts.map(({ text, isMarked }) => ({ text: escaped(text), isMarked })), plain('"')]]
  }
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map(text => [{ text, isMarked: true }])
}

/** What stands after in the place of what stood there before. */
function afterOf(path: Path, { after, dropped }: Walk): unknown {
  let inside = after
  for (const [depth, step] of path.entries()) {
    if (Array.isArray(inside)) {
      const list = path.slice(0, depth)
      const before = Array.from({ length: Number(step) }, (_, index) => keyOf([...list, index]))
      inside = inside[Number(step) - before.filter(key => dropped.has(key)).length]
    } else inside = isMembers(inside) ? inside[step] : undefined
  }
  return inside
}

/** What of a text is missing in the scrubbed one; all of it where that cannot be told. */
export function removedParts(before: string, after: string): Segment[] {
  const kept = after.split(filtered)
  if (kept.length === 1) return [{ text: before, isMarked: true }]
  const parts: Segment[] = []
  let from = 0
  for (const [index, piece] of kept.entries()) {
    const isLast = index === kept.length - 1
    const start = index === 0 ? 0 : isLast ? before.length - piece.length : before.indexOf(piece, from)
    if (start < from || before.slice(start, start + piece.length) !== piece) return [{ text: before, isMarked: true }]
    parts.push({ text: before.slice(from, start), isMarked: true }, plain(piece))
    from = start + piece.length
  }
  return parts.filter(({ text }) => text !== '')
}

function standIns(after: string): Segment[] {
  return after
    .split(/(\[Filtered\])/)
    .filter(text => text !== '')
    .map(text => ({ text, isMarked: text === filtered }))
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function plain(text: string): Segment {
  return { text, isMarked: false }
}

function add({ lines }: Walk, ...segments: Segment[]): void {
  lines.at(-1)?.push(...segments)
}

/** `extra.db_password`, `exception.values[0].value`. */
export function pathInWords(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('')
}
