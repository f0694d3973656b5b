/**
 * Reads Protocol Buffers into the objects that OTLP's JSON has for the same message, so that both are one form behind
 * this. Only the fields of the given description are read. Bounded by a number of messages and a depth: beyond the
 * number reading throws `TooManyValues`, what is deeper is left out. Bytes that are no message throw `Unreadable`.
 */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'

/** `nanos` and `int` become texts with all digits, `hex` and `base64` the text of bytes. */
type Scalar = 'text' | 'nanos' | 'int' | 'enum' | 'double' | 'flag' | 'hex' | 'base64'

/** `skips` counts messages without the word that is looked for, in place of reading them. */
type Field = { name: string; scalar: Scalar } | { name: string; message: () => Message; isList?: true; skips?: true }

export type Message = Readonly<Partial<Record<number, Field>>>

export type Reading = {
  /** How many more messages may be read. */
  left: number
  /** Messages that were passed over, because the word is not in them. */
  skipped: number
  /** Null reads all. */
  word: string | null
}

export class TooManyValues extends Error {}
export class Unreadable extends Error {}

type Object_ = Record<string, unknown>

const depthMax = 32

const wireTypes: Readonly<Record<Scalar, WireType>> = {
  text: WireType.LengthDelimited,
  hex: WireType.LengthDelimited,
  base64: WireType.LengthDelimited,
  nanos: WireType.Bit64,
  double: WireType.Bit64,
  int: WireType.Varint,
  enum: WireType.Varint,
  flag: WireType.Varint
}

export function readMessage(bytes: Uint8Array, message: Message, reading: Reading): Object_ {
  try {
    return objectOf(bytes, message, reading, 0)
  } catch (error) {
    // What the reader throws at bytes that end too early or make no sense; a TypeError would be a fault of ours.
    if (error instanceof TooManyValues || error instanceof TypeError) throw error
    throw new Unreadable(String(error))
  }
}

function objectOf(bytes: Uint8Array, message: Message, reading: Reading, depth: number): Object_ {
  reading.left -= 1
  if (reading.left < 0) throw new TooManyValues()
  const reader = new BinaryReader(bytes)
  const object: Object_ = {}
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    const field = message[number]
    if (field === undefined || wireType !== wireTypeOf(field)) reader.skip(wireType, number)
    else if ('scalar' in field) object[field.name] = scalarOf(reader, field.scalar)
    else readInner(object, field, reader.bytes(), reading, depth)
  }
  return object
}

function wireTypeOf(field: Field): WireType {
  return 'scalar' in field ? wireTypes[field.scalar] : WireType.LengthDelimited
}

function readInner(
  object: Object_,
  { name, message, isList, skips }: Extract<Field, { message: unknown }>,
  bytes: Uint8Array,
  reading: Reading,
  depth: number
): void {
  if (depth >= depthMax) return
  if (skips === true && reading.word !== null && !holds(bytes, reading.word)) {
    reading.left -= 1
    if (reading.left < 0) throw new TooManyValues()
    reading.skipped += 1
    return
  }
  const inner = objectOf(bytes, message(), reading, depth + 1)
  if (isList !== true) {
    object[name] = inner
    return
  }
  const list = object[name]
  if (Array.isArray(list)) list.push(inner)
  else object[name] = [inner]
}

function holds(bytes: Uint8Array, word: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(word)
}

function scalarOf(reader: BinaryReader, scalar: Scalar): unknown {
  switch (scalar) {
    case 'text':
      return reader.string()
    case 'hex':
      return Buffer.from(reader.bytes()).toString('hex')
    case 'base64':
      return Buffer.from(reader.bytes()).toString('base64')
    case 'nanos':
      return String(reader.fixed64())
    case 'double':
      return reader.double()
    case 'int':
      return String(reader.int64())
    case 'enum':
      return reader.int32()
    case 'flag':
      return reader.bool()
  }
}
