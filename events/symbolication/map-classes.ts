/**
 * Gives the classes and methods of an event of Java or Kotlin the names that they had before ProGuard or R8 shortened
 * them, by the mapping whose id the event has. A frame of inlined code becomes several. What the mapping does not know
 * stays; frames keep what was sent as `data.raw`.
 */
import { isObject, type Exception, type Frame, type NormalisedEvent, type Stacktrace } from '../../schema/event.ts'
import type { ClassMap, MapFinder, UnmappedReason } from '../../schema/symbolication.ts'
import { limits } from '../../schema/limits.ts'
import { originalClass, originalMethods, type MappedMethod } from './class-map.ts'
import { asSent, unmappedFrame, withMembers, type MappedEvent } from './mapped.ts'

type Work = { classes: ClassMap; name: string; mapped: number }

/** The ids of mappings that the event names. */
export function mappingIdsOf(meta: NormalisedEvent['debug_meta']): string[] {
  const images: readonly unknown[] = Array.isArray(meta?.images) ? meta.images : []
  const ids = images.flatMap(image =>
    isObject(image) && image.type === 'proguard' && typeof image.uuid === 'string' ? [image.uuid] : []
  )
  return [...new Set(ids)].slice(0, mappingsMax)
}

/** An application has one; what comes from outside may name thousands. */
const mappingsMax = 4

/** The same event where nothing is changed. */
export function mapClasses(event: NormalisedEvent, find: MapFinder): MappedEvent {
  let mapped: MappedEvent = { event, missing: [], mapped: 0 }
  for (const id of mappingIdsOf(event.debug_meta)) mapped = mapBy(id, mapped, find)
  return mapped
}

function mapBy(debugId: string, { event, missing, mapped }: MappedEvent, find: MapFinder): MappedEvent {
  const place = { debugId, url: '', release: '', dist: '', isOfClasses: true } as const
  const found = find(place)
  switch (found.kind) {
    case 'map':
      return { event, missing, mapped }
    case 'unknown':
      return { event: saying(event, 'deadline'), missing: [...missing, place], mapped }
    case 'none':
      return { event: saying(event, found.reason), missing, mapped }
    case 'classes': {
      const work: Work = { ...found, mapped }
      const changed = withStacks(
        event,
        stack => mapStack(stack, work),
        named => mapException(named, work)
      )
      return { event: changed, missing, mapped: work.mapped }
    }
  }
}

/** The same event where neither function changes anything. */
function withStacks(
  event: NormalisedEvent,
  change: (stack: Stacktrace) => Stacktrace,
  rename: (exception: Exception) => Exception = exception => exception
): NormalisedEvent {
  let isChanged = false
  const inside = <Holder extends { stacktrace?: Stacktrace | null | undefined }>(holder: Holder): Holder => {
    const stacktrace = holder.stacktrace == null ? holder.stacktrace : change(holder.stacktrace)
    if (stacktrace === holder.stacktrace) return holder
    isChanged = true
    return { ...holder, stacktrace }
  }
  const renamed = (exception: Exception): Exception => {
    const named = rename(exception)
    if (named !== exception) isChanged = true
    return inside(named)
  }
  const changed = inside({
    ...event,
    exception: event.exception && { ...event.exception, values: event.exception.values.map(renamed) },
    threads: event.threads && { ...event.threads, values: event.threads.values.map(inside) }
  })
  return isChanged ? changed : event
}

function mapStack(stacktrace: Stacktrace, work: Work): Stacktrace {
  const before = work.mapped
  const frames = stacktrace.frames.flatMap(frame => mapFrame(frame, work))
  return work.mapped === before ? stacktrace : { ...stacktrace, frames: frames.slice(-limits.framesMax) }
}

/** Frames go from the outermost to the innermost. */
function mapFrame(frame: Frame, work: Work): Frame[] {
  const { module: className, function: method } = frame
  if (!className || (isObject(frame.data) && isObject(frame.data.raw))) return [frame]
  const original = originalClass(work.classes, className)
  if (original === null) return [frame]
  const line = frame.lineno ?? 0
  const methods = method == null ? [] : originalMethods(work.classes, className, method, line)
  const data = withMembers(frame.data, { raw: asSent(frame), sourcemap: work.name })
  work.mapped += 1
  if (methods.length === 0) return [{ ...frame, module: original, data }]
  return methods.toReversed().map(found => ({ ...frame, ...membersOf(found), data }))
}

function membersOf({ className, method, line, file }: MappedMethod): Partial<Frame> {
  return { module: className, function: method, filename: file, abs_path: file, ...(line > 0 && { lineno: line }) }
}

function mapException(exception: Exception, work: Work): Exception {
  const { module, type } = exception
  if (!type) return exception
  const original = originalClass(work.classes, module ? `${module}.${type}` : type)
  if (original === null) return exception
  work.mapped += 1
  const dot = original.lastIndexOf('.')
  return { ...exception, type: original.slice(dot + 1), module: dot === -1 ? undefined : original.slice(0, dot) }
}

/** Frames of the application that have lost the name of their file have lost the others, too. */
function saying(event: NormalisedEvent, reason: UnmappedReason): NormalisedEvent {
  const why = reason === 'not_uploaded' ? 'no_mapping' : reason
  return withStacks(event, stacktrace => {
    const frames = stacktrace.frames.map(frame => (isShortened(frame) ? unmappedFrame(frame, why) : frame))
    return frames.every((frame, index) => frame === stacktrace.frames[index]) ? stacktrace : { ...stacktrace, frames }
  })
}

function isShortened({ in_app: inApp, filename, module: className, data }: Frame): boolean {
  const isMapped = isObject(data) && isObject(data.raw)
  return !isMapped && inApp !== false && !!className && !/\.(?:java|kt|scala|groovy|clj)$/.test(filename ?? '')
}
