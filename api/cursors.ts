/**
 * Cursors of lists: where the next page begins, as base64url of JSON. To callers they are opaque; a cursor that comes
 * back is checked like any input.
 */
import * as v from 'valibot'
import { uuid } from '../schema/api/common.ts'
import { invalidField } from './problems.ts'

export function cursorOf(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

const base64url = /^[\w-]+$/

/** The position in a cursor of a list whose positions have this form; 400 for anything else. */
export function positionOf<const Schema extends v.GenericSchema>(
  schema: Schema,
  cursor: string
): v.InferOutput<Schema> {
  const result = v.safeParse(
    v.pipe(v.string(), v.parseJson(), schema),
    base64url.test(cursor) ? Buffer.from(cursor, 'base64url').toString() : ''
  )
  if (!result.success) throw invalidField('cursor', 'is no cursor of this list')
  return result.output
}

type Page<Item> = { data: Item[]; next_cursor: string | null }

/** `found` is one more than the page holds, where there are more; the next page begins after `idOf` the last item. */
export function pageOf<Item>(found: readonly Item[], limit: number, idOf: (item: Item) => string): Page<Item> {
  const data = found.slice(0, limit)
  const last = found.length > limit ? data.at(-1) : undefined
  return { data, next_cursor: last === undefined ? null : cursorOf(idOf(last)) }
}

/** For lists by UUIDs: after which one the page begins. */
export function afterOf(cursor: string | undefined): string | null {
  return cursor === undefined ? null : positionOf(uuid, cursor)
}
