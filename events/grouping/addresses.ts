/**
 * Native frames without a name: the image they are in and the address relative to it. Where the start of the image is
 * not known, the last 12 bits of the address stand for it: images are loaded at whole pages, so these stay the same.
 */
import { isObject, type Frame } from '../../schema/event.ts'

const pageMask = 0xfffn

/** '' without a package and an address. */
export function addressComponent(frame: Frame, images: unknown): string {
  const image = baseName(textOf(frame.package))
  const address = numberOf(frame.instruction_addr)
  if (image === '') return ''
  if (address === null) return `frame ${image}`
  const mode = textOf(frame.addr_mode)
  if (mode.startsWith('rel')) return `frame ${image} at ${hex(address)}`
  const start = numberOf(frame.image_addr) ?? startOf(textOf(frame.package), address, images)
  if (start !== null && start > 0n && address >= start) return `frame ${image} at ${hex(address - start)}`
  return `frame ${image} at …${hex(address & pageMask)}`
}

/** Of the image that holds the address, or has the name of the package. */
function startOf(file: string, address: bigint, images: unknown): bigint | null {
  if (!Array.isArray(images)) return null
  for (const image of images.slice(0, 500)) {
    if (!isObject(image)) continue
    const start = numberOf(image.image_addr)
    if (start === null || address < start) continue
    const size = numberOf(image.image_size)
    const isNamed = file !== '' && (image.code_file === file || image.name === file)
    if (size === null || size === 0n ? isNamed : address < start + size) return start
  }
  return null
}

function numberOf(value: unknown): bigint | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : null
  return typeof value === 'string' && /^(?:0x[0-9a-f]{1,16}|\d{1,20})$/i.test(value) ? BigInt(value) : null
}

/** `/usr/lib/libshop.so` → `libshop.so`, without the version behind a comma of .NET's assemblies. */
function baseName(file: string): string {
  const path = file.slice(-300).replace(/, Version=.*$/s, '')
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).slice(0, 200)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`
}
