/**
 * A mapping of ProGuard or R8: what classes and methods were called before they were shortened. The text stays as it is
 * and is searched by an index of its classes; the section of a class is read when one of its names is asked for. What
 * is not of the documented form is passed over.
 */
import type { ClassMap } from '../../schema/symbolication.ts'

/** `line` 0: not known. */
export type MappedMethod = { className: string; method: string; line: number; file: string }

type Member = {
  /** Of the shortened code; 0 and 0 for a member without lines. */
  first: number
  last: number
  className: string
  method: string
  originalFirst: number
  originalLast: number
  /** Made by the compiler: nobody has written it. */
  isSynthesized: boolean
}

type Section = { className: string; file: string; members: Map<string, Member[]> }

const newline = 10
const sectionBytesMax = 1024 * 1024
const sectionsMax = 200
const arrow = Buffer.from(' -> ')
const utf8 = new TextDecoder()

/** Throws when there is no class in it. */
export function classMapOf(text: Uint8Array): ClassMap {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  const found: { nameStart: number; nameEnd: number; start: number; end: number }[] = []
  for (let start = 0; start < bytes.length;) {
    const next = bytes.indexOf(newline, start)
    const end = next === -1 ? bytes.length : next
    const name = classNameIn(bytes, start, end)
    if (name !== null) {
      const before = found.at(-1)
      if (before !== undefined) before.end = start
      found.push({ ...name, start, end: bytes.length })
    }
    start = end + 1
  }
  if (found.length === 0) throw new Error('there is no class in the mapping')
  found.sort((a, b) => bytes.compare(bytes, b.nameStart, b.nameEnd, a.nameStart, a.nameEnd))
  return {
    text,
    nameStarts: Uint32Array.from(found, each => each.nameStart),
    nameEnds: Uint32Array.from(found, each => each.nameEnd),
    starts: Uint32Array.from(found, each => each.start),
    ends: Uint32Array.from(found, each => each.end),
    bytes: text.byteLength + 16 * found.length
  }
}

/** Where the shortened name stands in a line like `com.shop.Cart -> a.a:`; null for another line. */
function classNameIn(bytes: Buffer, start: number, end: number): { nameStart: number; nameEnd: number } | null {
  const last = bytes[end - 1] === 13 ? end - 1 : end
  const first = bytes[start]
  if (first === 32 || first === 9 || first === 35 || bytes[last - 1] !== 58) return null
  const at = bytes.subarray(start, last).indexOf(arrow)
  return at < 1 ? null : { nameStart: start + at + arrow.length, nameEnd: last - 1 }
}

/** The class that has this name in shortened code; null when the mapping does not know it. */
export function originalClass(map: ClassMap, name: string): string | null {
  return sectionOf(map, name)?.className ?? null
}

/**
 * What stands behind a call, the innermost first: a method that was written into another comes with that one. Empty
 * where the mapping does not tell the methods of this name apart.
 */
export function originalMethods(map: ClassMap, className: string, method: string, line: number): MappedMethod[] {
  const section = sectionOf(map, className)
  const members = section?.members.get(method) ?? []
  const found = atLine(members, line)
  const written = found.filter(member => !member.isSynthesized)
  return (written.length > 0 ? written : found).map(member => ({
    className: member.className,
    method: member.method,
    line: originalLine(member, line),
    file: member.className === section?.className && section.file !== '' ? section.file : fileOf(member, section)
  }))
}

function atLine(members: readonly Member[], line: number): readonly Member[] {
  const within = line > 0 ? members.filter(({ first, last }) => first > 0 && first <= line && line <= last) : []
  if (within.length > 0) return within
  const others = members.filter(({ last }) => last === 0)
  const candidates = others.length > 0 ? others : members
  const [first] = candidates
  const isOne = candidates.every(other => other.className === first?.className && other.method === first.method)
  return first !== undefined && isOne ? [first] : []
}

function originalLine({ first, originalFirst, originalLast }: Member, line: number): number {
  if (originalFirst === 0) return line
  return originalLast > originalFirst && line >= first
    ? Math.min(originalLast, originalFirst + line - first)
    : originalFirst
}

/** Where the mapping does not say it: files have the names of their outer classes, in the language of the rest. */
function fileOf({ className }: Member, section: Section | null): string {
  const simple = className.slice(className.lastIndexOf('.') + 1).replace(/\$.*$/, '')
  const isKotlin = section?.file.endsWith('.kt') === true || simple.endsWith('Kt')
  return isKotlin ? `${simple.replace(/Kt$/, '')}.kt` : `${simple}.java`
}

/** Sections that were read, of maps that are in use. */
const sectionsRead = new WeakMap<ClassMap, Map<string, Section | null>>()

function sectionOf(map: ClassMap, name: string): Section | null {
  const known = sectionsRead.get(map) ?? new Map<string, Section | null>()
  sectionsRead.set(map, known)
  const section = known.get(name)
  if (section !== undefined) return section
  if (known.size >= sectionsMax) known.clear()
  const read = readSection(map, name)
  known.set(name, read)
  return read
}

function readSection(map: ClassMap, name: string): Section | null {
  const at = indexOf(map, name)
  if (at === -1) return null
  const [start = 0, end = 0] = [map.starts[at], map.ends[at]]
  const text = utf8.decode(map.text.subarray(start, Math.min(end, start + sectionBytesMax)))
  const [head = '', ...lines] = text.split(/\r?\n/)
  const section: Section = { className: head.slice(0, head.indexOf(' -> ')), file: '', members: new Map() }
  let last: Member | null = null
  for (const line of lines) {
    const trimmed = line.trimStart()
    if (trimmed.startsWith('#')) readComment(section, last, trimmed)
    else last = readMember(section, trimmed) ?? last
  }
  return section
}

function indexOf({ text, nameStarts, nameEnds }: ClassMap, name: string): number {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  const wanted = Buffer.from(name)
  let [low, high] = [0, nameStarts.length - 1]
  while (low <= high) {
    const middle = (low + high) >>> 1
    const order = bytes.compare(wanted, 0, wanted.length, nameStarts[middle], nameEnds[middle])
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return -1
}

/** `1:4:int of.another.Class.total(java.util.List):20:23 -> a`; lines may be missing, and so may the class. */
const memberForm = /^(?:(\d{1,9}):(\d{1,9}):)?\S+ ([^\s()]+)\(\S*\)(?::(\d{1,9}))?(?::(\d{1,9}))? -> (\S+)$/

function readMember(section: Section, line: string): Member | null {
  const [, first = '0', last = '0', path, originalFirst = '0', originalLast, name] = memberForm.exec(line) ?? []
  if (path === undefined || name === undefined) return null
  const dot = path.lastIndexOf('.')
  const member: Member = {
    first: Number(first),
    last: Number(last),
    className: dot === -1 ? section.className : path.slice(0, dot),
    method: path.slice(dot + 1),
    originalFirst: Number(originalFirst),
    originalLast: Number(originalLast ?? originalFirst),
    isSynthesized: false
  }
  section.members.set(name, [...(section.members.get(name) ?? []), member])
  return member
}

function readComment(section: Section, member: Member | null, line: string): void {
  if (line.includes('"com.android.tools.r8.synthesized"') && member !== null) member.isSynthesized = true
  if (!line.includes('"sourceFile"')) return
  section.file = /"fileName":"([^"\\]{1,200})"/.exec(line)?.[1] ?? ''
}
