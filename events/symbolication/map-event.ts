/**
 * Maps the frames of an event of JavaScript by source maps (those of Java: map-classes.ts), before it is grouped, and
 * when it is read if the maps came later. A mapped frame keeps what was sent as `data.raw`. One that could not be
 * mapped, is of the application, and shows no source that people could read, says why as `data.unmapped`. A frame's
 * function is the name at the place from which it was called, which is in the frame before it.
 */
import { isObject, type Frame, type NormalisedEvent, type Stacktrace } from '../../schema/event.ts'
import type { DecodedMap, MapFinder, ScriptPlace, UnmappedReason } from '../../schema/symbolication.ts'
import { javascript } from '../grouping/languages/javascript.ts'
import { jvm } from '../grouping/languages/jvm.ts'
import { languageOfPlatform } from '../grouping/languages/languages.ts'
import { addressOf, isNamedByItself, isNeverServed } from './evaluated.ts'
import { mapClasses } from './map-classes.ts'
import { asSent, unmappedFrame, withMembers, type MappedEvent } from './mapped.ts'
import { contextOf, isInSource, originalOf, type Original } from './positions.ts'

type Work = {
  find: MapFinder
  platform: string | undefined
  debugIds: ReadonlyMap<string, string>
  release: string
  dist: string
  missing: Map<string, ScriptPlace>
  mapped: number
}

type Placed = { map: DecodedMap; original: Original; mapName: string }

/** A longer line is minified, and no one can read it. */
const readableCharsMax = 300

/** The same event where nothing is changed. */
export function mapEvent(event: NormalisedEvent, find: MapFinder): MappedEvent {
  return languageOfPlatform(event.platform ?? '') === jvm ? mapClasses(event, find) : mapScripts(event, find)
}

function mapScripts(event: NormalisedEvent, find: MapFinder): MappedEvent {
  const work: Work = {
    find,
    platform: event.platform,
    debugIds: debugIdsOf(event.debug_meta),
    release: event.release ?? '',
    dist: event.dist ?? '',
    missing: new Map(),
    mapped: 0
  }
  const inside = <Holder extends { stacktrace?: Stacktrace | null | undefined }>(holder: Holder): Holder => {
    if (holder.stacktrace == null) return holder
    const stacktrace = mapStack(holder.stacktrace, work)
    return stacktrace === holder.stacktrace ? holder : { ...holder, stacktrace }
  }
  const mapped = inside({
    ...event,
    exception: event.exception && { ...event.exception, values: event.exception.values.map(inside) },
    threads: event.threads && { ...event.threads, values: event.threads.values.map(inside) }
  })
  const isChanged = work.mapped > 0 || hasUnmapped(mapped)
  return { event: isChanged ? mapped : event, missing: [...work.missing.values()], mapped: work.mapped }
}

/** Scripts by the address that their frames have. */
function debugIdsOf(meta: NormalisedEvent['debug_meta']): Map<string, string> {
  const images: readonly unknown[] = Array.isArray(meta?.images) ? meta.images : []
  return new Map(
    images.flatMap((image): [string, string][] => {
      if (!isObject(image) || image.type !== 'sourcemap') return []
      const { code_file: file, debug_id: id } = image
      return typeof file === 'string' && typeof id === 'string' ? [[file, id]] : []
    })
  )
}

function mapStack(stacktrace: Stacktrace, work: Work): Stacktrace {
  const found = stacktrace.frames.map(frame => placedOf(frame, stacktrace.frames, work))
  if (found.every(place => place === null)) return stacktrace
  const frames = stacktrace.frames.map((frame, index) => {
    const place = found[index] ?? null
    if (place === null) return isNative(frame) ? { ...frame, in_app: false } : frame
    if (typeof place === 'string') return withoutMap(frame, place)
    const caller = found[index - 1]
    work.mapped += 1
    return mappedFrame(frame, place, caller != null && typeof caller !== 'string' ? calledName(caller) : '')
  })
  return { ...stacktrace, frames }
}

/**
 * How something is called is no name: SDKs call what they have wrapped by `apply`, and evaluated code has no map.
 * Libraries that were minified before they were bundled (styled-components) call what they are given `e` or `t`.
 */
function calledName({ map, original: { name, source } }: Placed): string {
  if (/^(?:apply|call|eval)$/.test(name)) return ''
  return name.length <= 2 && map.ignored[source] === 1 ? '' : name
}

/** `Array.map (<anonymous>)`: of the engine, whatever the SDK takes it for. */
function isNative({ filename, lineno }: Frame): boolean {
  return lineno == null && (filename === '<anonymous>' || filename === '[native code]')
}

/** Dev servers serve what is installed as it is; nobody uploads it. */
function withoutMap(frame: Frame, reason: UnmappedReason): Frame {
  if (isReadable(frame)) return frame
  return installed.test(addressOf(frame)) ? { ...frame, in_app: false } : unmappedFrame(frame, reason)
}

/** Null for a frame that no map is about. */
function placedOf(frame: Frame, frames: readonly Frame[], work: Work): Placed | UnmappedReason | null {
  const script = scriptOf(frame, work)
  if (script === null) return null
  if (script.debugId === '' && isNeverServed(script.url)) return 'evaluated'
  const found = work.find(script)
  switch (found.kind) {
    case 'unknown':
      work.missing.set(`${script.debugId} ${script.url}`, script)
      return 'deadline'
    case 'none':
      return isEvaluated(script, found.reason, frames) ? 'evaluated' : found.reason
    case 'classes':
      return null
    case 'map': {
      // Events count from 1, maps from 0.
      const original = originalOf(found.map, (frame.lineno ?? 1) - 1, (frame.colno ?? 1) - 1)
      return original === null ? 'not_in_map' : { map: found.map, original, mapName: found.name }
    }
  }
}

/** What has a debug id, or was uploaded, is a file. */
function isEvaluated({ debugId, url }: ScriptPlace, reason: UnmappedReason, frames: readonly Frame[]): boolean {
  const isNowhere = reason === 'not_uploaded' || reason === 'no_debug_id'
  return isNowhere && debugId === '' && isNamedByItself(url, frames)
}

const ofNoFile = /^(?:<|\[|node:|internal\/|native|eval |(?:chrome|moz|safari(?:-web)?)-extension:|webkit-masked-url:)/

const installed = /[/\\]node_modules[/\\]/

function scriptOf(frame: Frame, { platform, debugIds, release, dist }: Work): ScriptPlace | null {
  const own = typeof frame.platform === 'string' ? frame.platform : platform
  if (languageOfPlatform(own ?? '') !== javascript) return null
  const url = addressOf(frame)
  if (url === '' || frame.lineno == null || frame.lineno < 1 || ofNoFile.test(url)) return null
  if (frame.in_app === false && installed.test(url)) return null
  if (isObject(frame.data) && isObject(frame.data.raw)) return null
  const debugId = debugIds.get(frame.abs_path ?? '') ?? debugIds.get(frame.filename ?? '') ?? ''
  return { debugId, url, release, dist }
}

function mappedFrame(frame: Frame, { map, original, mapName }: Placed, calledAs: string): Frame {
  const source = map.sourceNames[original.source] ?? ''
  const inApp = frame.in_app !== false && map.ignored[original.source] !== 1
  // Of libraries a line is enough.
  const context = contextOf(map, original, inApp ? undefined : 0)
  return {
    ...frame,
    filename: map.sourcePaths[original.source],
    abs_path: source,
    function: accessorName(frame, map, original) ?? (calledAs || keptName(frame, map, original)),
    module: undefined,
    lineno: original.line + 1,
    colno: undefined,
    in_app: inApp,
    context_line: context?.line,
    pre_context: inApp ? context?.before : undefined,
    post_context: inApp ? context?.after : undefined,
    data: withMembers(frame.data, { raw: asSent(frame), sourcemap: mapName })
  }
}

/** A getter or setter is not called by its name, and no minifier takes that away. */
function accessorName(frame: Frame, map: DecodedMap, original: Original): string | undefined {
  return /^[gs]et [\w$]{3,}$/.test(frame.function ?? '') ? keptName(frame, map, original) : undefined
}

/** The name that was sent, where it is one of the source: names that a minifier makes up change with every build. */
function keptName({ function: name }: Frame, map: DecodedMap, { source }: Original): string | undefined {
  const word = name == null ? '' : (/[\w$]+$/.exec(name)?.[0] ?? '')
  return name != null && word.length > 2 && isInSource(map, source, word) ? name : undefined
}

/** Frames that are not of the application need no reason, nor do those whose source stands beside them. */
function isReadable({ in_app: inApp, context_line: line }: Frame): boolean {
  return inApp === false || (line != null && line.length <= readableCharsMax && !line.includes('{snip}'))
}

function hasUnmapped({ exception, threads, stacktrace }: NormalisedEvent): boolean {
  const holders = [...(exception?.values ?? []), ...(threads?.values ?? []), { stacktrace }]
  return holders.some(({ stacktrace }) => stacktrace?.frames.some(({ data }) => isObject(data) && 'unmapped' in data))
}
