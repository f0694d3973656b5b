/**
 * Parameters of prepared statements in PostgreSQL's binary format. Arrays are the point: a client library that
 * serialises them as text spends a hundred times as long on a row of them.
 */
import type { ByteWriter } from './byte-writer.ts'

/** Writes one parameter, its length included. */
export type ParameterWriter = (out: ByteWriter) => void

/** Object ids of PostgreSQL's built-in types: fixed for good. */
const oids = { boolean: 16, bytea: 17, int8: 20, text: 25, date: 1082, timestamptz: 1184, uuid: 2950 } as const

export function text(value: string): ParameterWriter {
  return out => out.text(value)
}

export function uuid(value: string): ParameterWriter {
  return out => out.uuid(value)
}

export function int(value: number): ParameterWriter {
  return out => {
    out.int32(8)
    out.int64(value)
  }
}

export function texts(values: readonly string[]): ParameterWriter {
  return array(oids.text, values, (out, value) => out.text(value))
}

export function uuids(values: readonly string[]): ParameterWriter {
  return array(oids.uuid, values, (out, value) => out.uuid(value))
}

export function ints(values: readonly number[]): ParameterWriter {
  return array(oids.int8, values, (out, value) => {
    out.int32(8)
    out.int64(value)
  })
}

/** 16 hexadecimal digits each, as a signed 64-bit number. */
export function hashes(values: readonly string[]): ParameterWriter {
  return array(oids.int8, values, (out, value) => {
    out.int32(8)
    out.hex(value, 8)
  })
}

/** Milliseconds since the epoch. */
export function timestamps(values: readonly number[]): ParameterWriter {
  return array(oids.timestamptz, values, (out, value) => {
    out.int32(8)
    out.timestamp(value)
  })
}

/** Days as milliseconds since the epoch, at midnight UTC. */
export function dates(values: readonly number[]): ParameterWriter {
  return array(oids.date, values, (out, value) => {
    out.int32(4)
    out.int32(value / 86_400_000 - 10_957)
  })
}

export function booleans(values: readonly boolean[]): ParameterWriter {
  return array(oids.boolean, values, (out, value) => {
    out.int32(1)
    out.uint8(value ? 1 : 0)
  })
}

/** Hexadecimal digits, `bytes` bytes each. */
export function byteas(values: readonly string[], bytes: number): ParameterWriter {
  return array(oids.bytea, values, (out, value) => {
    out.int32(bytes)
    out.hex(value, bytes)
  })
}

function array<Value>(
  oid: number,
  values: readonly Value[],
  write: (out: ByteWriter, value: Value) => void
): ParameterWriter {
  return out => {
    out.int32(0)
    const start = out.length
    out.int32(values.length === 0 ? 0 : 1)
    out.int32(0)
    out.int32(oid)
    if (values.length > 0) {
      out.int32(values.length)
      out.int32(1)
      for (const value of values) write(out, value)
    }
    out.patchLength(start)
  }
}
