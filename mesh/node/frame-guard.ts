/**
 * Checks MessagePack from another node before it is decoded: every length fits into the bytes received, nothing is
 * nested too deeply, and only the extensions that we send occur. So the decoder neither overflows the stack nor
 * allocates for values that did not arrive. The check itself builds nothing and does not recurse.
 */

export const depthMax = 256

/** Whether the bytes are a sequence of complete, admissible values. */
export function isAdmissible(bytes: Buffer): boolean {
  let position = 0
  while (position < bytes.length) {
    position = endOfValue(bytes, position)
    if (position === -1) return false
  }
  return true
}

/** For one value that was just encoded: only its depth is in doubt, and few bytes cannot be deep. */
export function isShallow(encoded: Buffer): boolean {
  return encoded.length < depthMax || endOfValue(encoded, 0) !== -1
}

/** The end of the value that begins at this position, or -1. `open[depth]` counts the missing values at that depth. */
function endOfValue(bytes: Buffer, start: number): number {
  const open: number[] = []
  let missing = 1
  let position = start
  for (;;) {
    if (position >= bytes.length) return -1
    const token = bytes[position] ?? 0
    const children = childrenOf(bytes, position, token)
    position = endOfHead(bytes, position, token)
    // Every child takes at least one byte.
    if (position === -1 || children > bytes.length - position) return -1
    missing -= 1
    if (children > 0) {
      if (open.length >= depthMax) return -1
      open.push(missing)
      missing = children
    }
    while (missing === 0) {
      const before = open.pop()
      if (before === undefined) return position
      missing = before
    }
  }
}

/** The number of values that an array or a map announces. */
function childrenOf(bytes: Buffer, position: number, token: number): number {
  if (token < 0x80 || (token >= 0xa0 && token < 0xdc) || token >= 0xe0) return 0
  if (token < 0x90) return (token & 0x0f) * 2
  if (token < 0xa0) return token & 0x0f
  switch (token) {
    case 0xdc:
      return unsigned(bytes, position + 1, 2)
    case 0xdd:
      return unsigned(bytes, position + 1, 4)
    case 0xde:
      return unsigned(bytes, position + 1, 2) * 2
    case 0xdf:
      return unsigned(bytes, position + 1, 4) * 2
    default:
      return 0
  }
}

/** The end of a value without its children; -1 when it exceeds the frame or is of a kind that we never send. */
function endOfHead(bytes: Buffer, position: number, token: number): number {
  const end = position + headBytes(bytes, position, token)
  return end > position && end <= bytes.length ? end : -1
}

function headBytes(bytes: Buffer, position: number, token: number): number {
  if (token < 0xa0 || token >= 0xe0) return 1
  if (token < 0xc0) return 1 + (token & 0x1f)
  switch (token) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return 1
    case 0xc4:
    case 0xd9:
      return 2 + unsigned(bytes, position + 1, 1)
    case 0xc5:
    case 0xda:
      return 3 + unsigned(bytes, position + 1, 2)
    case 0xc6:
    case 0xdb:
      return 5 + unsigned(bytes, position + 1, 4)
    case 0xcc:
    case 0xd0:
      return 2
    case 0xcd:
    case 0xd1:
      return 3
    case 0xca:
    case 0xce:
    case 0xd2:
      return 5
    case 0xcb:
    case 0xcf:
    case 0xd3:
      return 9
    case 0xdc:
    case 0xde:
      return 3
    case 0xdd:
    case 0xdf:
      return 5
    default:
      return extensionBytes(bytes, position, token)
  }
}

/** `undefined` is the extension 0 of one byte, a date the extension -1 of 4, 8 or 12 (of 1, when it is invalid). */
function extensionBytes(bytes: Buffer, position: number, token: number): number {
  const type = bytes[position + (token === 0xc7 ? 2 : 1)]
  if (token === 0xd4) return type === 0 || type === 0xff ? 3 : 0
  if (type !== 0xff) return 0
  if (token === 0xd6) return 6
  if (token === 0xd7) return 10
  return token === 0xc7 && bytes[position + 1] === 12 ? 15 : 0
}

/** A position beyond the frame becomes more than any frame has. */
function unsigned(bytes: Buffer, position: number, size: 1 | 2 | 4): number {
  return position + size > bytes.length ? Infinity : bytes.readUIntBE(position, size)
}
