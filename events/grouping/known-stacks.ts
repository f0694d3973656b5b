/**
 * Most stacks have come before, frame by frame. What is derived of a stack alone is kept with it, so that the next one
 * that is the same costs a comparison of its texts. A table of fixed size, in which a stack takes the place of another;
 * bounded in texts too, because they are from outside.
 */
import type { Frame } from '../../schema/event.ts'
import type { StackNames } from '../../schema/pipeline.ts'
import type { Language } from './languages/language.ts'

type Frames = readonly Frame[]

export type KnownStack = {
  /** What its frames contribute in an event of this language. */
  nearest?: { language: Language | null; components: readonly string[]; repeats: boolean }
  /** What searches for names in the stack find. */
  names?: StackNames
}

/** What of a frame is looked at by anything that is kept here. */
type Texts = Pick<Frame, 'filename' | 'function' | 'module' | 'abs_path' | 'context_line' | 'in_app'>
type Entry = { frames: readonly Texts[]; known: KnownStack; size: number }

const placesCount = 16_384
const framesMax = 64
const textCharsMax = 300
const charsMax = 4_000_000

const places = new Array<Entry | undefined>(placesCount).fill(undefined)
let chars = 0

/** One event asks for its stack several times. */
let last: { frames: Frames; known: KnownStack | null } = { frames: [], known: null }

/** What is kept of such a stack, to be read and added to; null for one that is not kept. */
export function knownStack(frames: Frames): KnownStack | null {
  if (frames !== last.frames) last = { frames, known: frames.length > framesMax ? null : find(frames) }
  return last.known
}

function find(frames: Frames): KnownStack | null {
  const place = placeOf(frames)
  const entry = places[place]
  if (entry !== undefined && isSame(entry.frames, frames)) return entry.known
  const size = charsOf(frames)
  if (size === undefined) return null
  if (chars + size > charsMax) {
    places.fill(undefined)
    chars = 0
  }
  chars += size - (places[place]?.size ?? 0)
  const known: KnownStack = {}
  // Copies, for lines of source are parts of larger texts, which would stay in memory with them.
  places[place] = { frames: structuredClone(frames.map(textsOf)), known, size }
  return known
}

/** Lengths and lines tell most stacks apart, and cost less than looking at the texts. */
function placeOf(frames: Frames): number {
  let sum = frames.length
  for (const { filename, function: name, lineno } of frames) {
    sum = (Math.imul(sum, 31) + (filename?.length ?? 0) * 7 + (name?.length ?? 0) + (lineno ?? 0)) | 0
  }
  return (sum ^ (sum >>> 12)) & (placesCount - 1)
}

function isSame(known: readonly Texts[], frames: Frames): boolean {
  if (known.length !== frames.length) return false
  for (let index = 0; index < known.length; index++) {
    const a = known[index]
    const b = frames[index]
    if (a === undefined || b === undefined || !areSame(a, b)) return false
  }
  return true
}

function areSame(a: Texts, b: Frame): boolean {
  return (
    a.filename === b.filename &&
    a.function === b.function &&
    a.in_app === b.in_app &&
    a.module === b.module &&
    a.context_line === b.context_line &&
    a.abs_path === b.abs_path &&
    b.platform === undefined &&
    b.package === undefined
  )
}

/** Undefined for what is not kept: long texts, frames of a language of their own, and those with addresses. */
function charsOf(frames: Frames): number | undefined {
  let sum = 0
  for (const frame of frames) {
    if (frame.platform !== undefined || frame.package !== undefined) return undefined
    for (const text of [frame.filename, frame.function, frame.module, frame.abs_path, frame.context_line]) {
      const length = text?.length ?? 0
      if (length > textCharsMax) return undefined
      sum += length
    }
  }
  return sum
}

/** Without variables and lines around, which are of one event. */
function textsOf(frame: Frame): Texts {
  return {
    filename: frame.filename,
    function: frame.function,
    module: frame.module,
    abs_path: frame.abs_path,
    context_line: frame.context_line,
    in_app: frame.in_app
  }
}
