/**
 * Code that was made while the application ran (`eval`, `new Function`, injected scripts, blobs), told by what its
 * frames are called: nothing of that name can be uploaded. Evaluated code may take any name (`//# sourceURL=`), so one
 * that a file could have is left alone.
 */
import type { Frame } from '../../schema/event.ts'

/** `https://shop.example/app.js line 3 > Function` is Firefox's. */
const neverServed = /^(?:blob:|webpack-internal:)| line \d{1,9} > [A-Za-z][A-Za-z ]{0,40}$/
/** Neither a scheme nor a drive, nor a path from the root. */
const bareName = /^[^/\\:]+(?:[/\\][^:]*)?$/
const address = /^(?:https?|file|app):\/\/|^\/|^[a-z]:[/\\]/i

export function addressOf({ abs_path: absolute, filename }: Frame): string {
  return absolute || filename || ''
}

/** Whether the name alone says that there is no such file. */
export function isNeverServed(url: string): boolean {
  return neverServed.test(url)
}

/** Engines name files by their addresses: a bare name among those is what evaluated code calls itself. */
export function isNamedByItself(url: string, frames: readonly Frame[]): boolean {
  return bareName.test(url) && frames.some(frame => address.test(addressOf(frame)))
}
