/**
 * What a node knows of source maps: which map belongs to a script, and the maps that were used last, within a bound of
 * bytes. `find` never waits; `load` looks up and decodes what is not known, and never fails: what could not be loaded
 * in time stays unknown. What was found holds until something is uploaded to the project or deleted from it (its
 * revision). While the database does not answer nothing is asked for some seconds.
 */
import { LRUCache } from 'lru-cache'
import type { Log } from '../../schema/log.ts'
import type {
  ClassMap,
  DecodedMap,
  DecodedOrNot,
  FoundMap,
  ScriptPlace,
  UnmappedReason
} from '../../schema/symbolication.ts'
import type { Artifact, ArtifactPair } from '../artifacts/lookup.ts'
import type { MapJob } from './map-worker.ts'

export type ArtifactLookups = {
  byDebugId: (projectId: number, debugId: string) => Promise<ArtifactPair | null>
  byUrl: (projectId: number, place: { release: string; dist: string; url: string }) => Promise<ArtifactPair | null>
  /** A mapping of classes. */
  ofClasses: (projectId: number, debugId: string) => Promise<Artifact | null>
  content: (projectId: number, sha1: Buffer, limit: { bytesMax: number }) => Promise<Buffer | null>
}

export type SymbolStoreOptions = {
  artifacts: ArtifactLookups
  /** Decodes in a thread; null, or a rejection, when no thread could take the map: that says nothing of the map. */
  decode: (job: MapJob) => Promise<DecodedOrNot | null>
  /** Of all maps that are kept. */
  cacheBytesMax: number
  /** Of one map, unpacked. */
  mapBytesMax: number
  now: () => number
  log: Log
}

/** A project at the state of its artifacts. */
export type SymbolScope = { projectId: number; revision: number }

export type SymbolStore = {
  find: (scope: SymbolScope, place: ScriptPlace) => FoundMap
  /** Resolves when all is known that can be, at the latest after `deadlineMs`. */
  load: (scope: SymbolScope, places: readonly ScriptPlace[], deadlineMs: number) => Promise<void>
}

type Resolved = { revision: number; found: { key: string; name: string } | { reason: UnmappedReason } }
type Kept = { map: DecodedMap } | { classes: ClassMap } | { reason: UnmappedReason }

const resolvedMax = 50_000
const reasonBytes = 100
const restAfterFailureMs = 5_000

export function symbolStore(options: SymbolStoreOptions): SymbolStore {
  const { artifacts, decode, mapBytesMax, now, log } = options
  const resolved = new LRUCache<string, Resolved>({ max: resolvedMax })
  const maps = new LRUCache<string, Kept>({
    maxSize: options.cacheBytesMax,
    sizeCalculation: bytesOf
  })
  const loading = new Map<string, Promise<void>>()
  let restsUntil = -Infinity

  function find({ projectId, revision }: SymbolScope, place: ScriptPlace): FoundMap {
    if (place.debugId === '' && place.release === '') return { kind: 'none', reason: 'no_debug_id' }
    const known = resolved.get(keyOf(projectId, place))
    if (known === undefined || known.revision !== revision) return notKnown()
    const { found } = known
    if ('reason' in found) return { kind: 'none', reason: found.reason }
    const kept = maps.get(found.key)
    if (kept === undefined) return notKnown()
    if ('map' in kept) return { kind: 'map', map: kept.map, name: found.name }
    if ('classes' in kept) return { kind: 'classes', classes: kept.classes, name: found.name }
    return { kind: 'none', reason: kept.reason }
  }

  function notKnown(): FoundMap {
    return now() < restsUntil ? { kind: 'none', reason: 'deadline' } : { kind: 'unknown' }
  }

  async function load(scope: SymbolScope, places: readonly ScriptPlace[], deadlineMs: number): Promise<void> {
    const work = Promise.all(places.map(place => loadOnce(scope, place)))
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<void>(resolve => {
      timer = setTimeout(resolve, deadlineMs)
    })
    await Promise.race([work, deadline])
    clearTimeout(timer)
  }

  /** A second one that asks for the same waits for the first. */
  function loadOnce(scope: SymbolScope, place: ScriptPlace): Promise<void> {
    const key = `${scope.revision} ${keyOf(scope.projectId, place)}`
    const running = loading.get(key)
    if (running !== undefined) return running
    const started = loadPlace(scope, place)
      .catch((error: unknown) => {
        restsUntil = now() + restAfterFailureMs
        log.warn({ err: error }, 'source maps cannot be loaded')
      })
      .finally(() => loading.delete(key))
    loading.set(key, started)
    return started
  }

  async function loadPlace({ projectId, revision }: SymbolScope, place: ScriptPlace): Promise<void> {
    const found =
      place.isOfClasses === true
        ? ofClasses(await artifacts.ofClasses(projectId, place.debugId), mapBytesMax)
        : targetOf(await pairOf(projectId, place), mapBytesMax)
    const key = keyOf(projectId, place)
    if ('reason' in found) {
      resolved.set(key, { revision, found })
      return
    }
    const mapKey = `${projectId} ${found.artifact.sha1.toString('hex')}`
    if (!maps.has(mapKey)) {
      const kept = await loadMap(projectId, found)
      if (kept === null) return
      maps.set(mapKey, kept)
    }
    resolved.set(key, { revision, found: { key: mapKey, name: found.artifact.url } })
  }

  async function pairOf(projectId: number, { debugId, ...place }: ScriptPlace): Promise<ArtifactPair | null> {
    const byId = debugId === '' ? null : await artifacts.byDebugId(projectId, debugId)
    return byId ?? (place.release === '' ? null : await artifacts.byUrl(projectId, place))
  }

  /** Null when nothing was learned of the map. */
  async function loadMap(projectId: number, { artifact, form }: Target): Promise<Kept | null> {
    const bytes = await artifacts.content(projectId, artifact.sha1, { bytesMax: mapBytesMax })
    if (bytes === null) return { reason: 'not_uploaded' }
    const decoded = await decode({ bytes, form }).catch((error: unknown) => {
      log.warn({ err: error }, 'a source map was not decoded')
      return null
    })
    if (decoded === null) return null
    if (!decoded.ok) return { reason: decoded.reason }
    const kept: Kept = 'map' in decoded ? { map: decoded.map } : { classes: decoded.classes }
    return bytesOf(kept) > options.cacheBytesMax ? { reason: 'map_too_large' } : kept
  }

  return { find, load }
}

function bytesOf(kept: Kept): number {
  if ('map' in kept) return kept.map.bytes
  return 'classes' in kept ? kept.classes.bytes : reasonBytes
}

type Target = { artifact: Artifact; form: MapJob['form'] }

function ofClasses(artifact: Artifact | null, bytesMax: number): Target | { reason: UnmappedReason } {
  if (artifact === null) return { reason: 'not_uploaded' }
  return artifact.bytes > bytesMax ? { reason: 'map_too_large' } : { artifact, form: 'classes' }
}

function targetOf(pair: ArtifactPair | null, bytesMax: number): Target | { reason: UnmappedReason } {
  if (pair === null) return { reason: 'not_uploaded' }
  const isInline = pair.map === null && pair.script?.mapUrl === 'data:'
  const artifact = pair.map ?? (isInline ? pair.script : null)
  if (artifact === null) return { reason: 'no_reference' }
  return artifact.bytes > bytesMax ? { reason: 'map_too_large' } : { artifact, form: isInline ? 'script' : 'map' }
}

function keyOf(projectId: number, { debugId, url, release, dist, isOfClasses }: ScriptPlace): string {
  return `${projectId}\n${isOfClasses === true}\n${debugId}\n${release}\n${dist}\n${url}`
}
