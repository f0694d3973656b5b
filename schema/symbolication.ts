/** What passes between those who map frames by source maps: places, maps in their decoded form, reasons. */

/**
 * Why a frame was not mapped: neither a debug id nor a release; nothing uploaded for it; no mapping of its classes
 * uploaded; made while the application ran; uploaded without a reference to a map, or without that map; a map without
 * this place; one that cannot be read; one beyond the limit; no answer in time.
 */
export const unmappedReasons = [
  'no_debug_id',
  'not_uploaded',
  'no_mapping',
  'evaluated',
  'no_reference',
  'not_in_map',
  'map_broken',
  'map_too_large',
  'deadline'
] as const
export type UnmappedReason = (typeof unmappedReasons)[number]

/**
 * A script as an event names it: by debug id, else by its address in a release. '' for what the event does not say. A
 * mapping of classes (ProGuard, R8) has its id alone.
 */
export type ScriptPlace = { debugId: string; url: string; release: string; dist: string; isOfClasses?: true }

/**
 * A source map with all its segments in order, ready for binary searches. Lines and columns count from 0. Of a segment
 * without a source `sources` is -1, of one without a name `names` is.
 */
export type DecodedMap = {
  /** Where the segments of each generated line begin, and behind the last line how many there are. */
  lineStarts: Uint32Array
  columns: Uint32Array
  sources: Int32Array
  lines: Uint32Array
  names: Int32Array
  /** Sources as the map names them, and as people know them (events/symbolication/source-names.ts). */
  sourceNames: string[]
  sourcePaths: string[]
  nameTexts: string[]
  /** 1 for a source that is not of the application: by its path, or because the map says to ignore it. */
  ignored: Uint8Array
  /** The texts of all sources in UTF-8, and where the lines of each begin and the last ends; null without its text. */
  contents: Uint8Array
  contentLines: (Uint32Array | null)[]
  /** What it takes of memory, about. */
  bytes: number
}

/**
 * A mapping of ProGuard or R8, as it was uploaded, with an index of its classes: where the shortened name of each
 * stands in the text, and its section; in the order of these names.
 */
export type ClassMap = {
  text: Uint8Array
  nameStarts: Uint32Array
  nameEnds: Uint32Array
  starts: Uint32Array
  ends: Uint32Array
  bytes: number
}

export type DecodedOrNot =
  { ok: true; map: DecodedMap } | { ok: true; classes: ClassMap } | { ok: false; reason: UnmappedReason }

/** What is known of a script: its map, why there is none, or nothing yet. */
export type FoundMap =
  | { kind: 'map'; map: DecodedMap; name: string }
  | { kind: 'classes'; classes: ClassMap; name: string }
  | { kind: 'none'; reason: UnmappedReason }
  | { kind: 'unknown' }

export type MapFinder = (place: ScriptPlace) => FoundMap
