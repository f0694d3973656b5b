/**
 * Frames of PostgreSQL's extended protocol: several prepared statements and a COPY in one buffer that is sent at once.
 * Without BEGIN everything up to the Sync is one transaction: all of it happens, or nothing. Rows come back as text. A
 * statement is prepared on its first use and kept by its name.
 */
import type { ByteWriter } from './byte-writer.ts'
import type { ParameterWriter } from './parameters.ts'

export type PreparedStatement = { readonly name: string; readonly text: string }

export type Pipeline = {
  /** Both return the position of this statement among the results. */
  readonly execute: (statement: PreparedStatement, parameters?: readonly ParameterWriter[]) => number
  /** `writeRows` writes the whole binary COPY stream, header and trailer included. */
  readonly copy: (statement: PreparedStatement, writeRows: (out: ByteWriter) => void) => number
}

const code = {
  close: 0x43,
  parse: 0x50,
  bind: 0x42,
  execute: 0x45,
  sync: 0x53,
  copyData: 0x64,
  copyDone: 0x63
} as const

/** Starts a pipeline in `out`. `prepared` are the names that the connection knows; new ones go to `preparing`. */
export function pipelineInto(out: ByteWriter, prepared: ReadonlySet<string>, preparing: Set<string>): Pipeline {
  let position = 0

  function execute(statement: PreparedStatement, parameters: readonly ParameterWriter[] = []): number {
    if (!prepared.has(statement.name) && !preparing.has(statement.name)) {
      // An earlier pipeline may have prepared it and failed afterwards. Closing a statement that does not exist is no
      // error.
      frame(out, code.close, () => {
        out.uint8(0x53)
        out.cstring(statement.name)
      })
      frame(out, code.parse, () => {
        out.cstring(statement.name)
        out.cstring(statement.text)
        out.int16(0)
      })
      preparing.add(statement.name)
    }
    frame(out, code.bind, () => {
      out.cstring('')
      out.cstring(statement.name)
      out.int16(1)
      out.int16(1)
      out.int16(parameters.length)
      for (const write of parameters) write(out)
      out.int16(0)
    })
    frame(out, code.execute, () => {
      out.cstring('')
      out.int32(0)
    })
    return position++
  }

  function copy(statement: PreparedStatement, writeRows: (out: ByteWriter) => void): number {
    const at = execute(statement)
    frame(out, code.copyData, () => writeRows(out))
    frame(out, code.copyDone, () => {})
    return at
  }

  return { execute, copy }
}

export function endPipeline(out: ByteWriter): void {
  frame(out, code.sync, () => {})
}

function frame(out: ByteWriter, type: number, write: () => void): void {
  out.uint8(type)
  out.int32(0)
  const start = out.length
  write()
  out.patchLength(start, out.length - start + 4)
}
