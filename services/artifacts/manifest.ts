/**
 * The list of files in a bundle (`manifest.json`): which entry of the archive is what, and where it was served from. It
 * comes from outside: what is not of the known form is refused, and says what.
 */
import * as v from 'valibot'
import { limits } from '../../schema/limits.ts'
import { ArtifactRefused } from './chunks.ts'
import type { Entry } from './bundles.ts'
import { mapUrlOf, normalDebugId } from './urls.ts'

const text = (max: number) => v.pipe(v.string(), v.maxLength(max))
const urlCharsMax = 2_000

const manifestFile = v.object({
  type: v.optional(text(50), ''),
  url: v.optional(text(urlCharsMax), ''),
  headers: v.optional(v.record(text(200), v.unknown()), {})
})

const manifestSchema = v.object({
  release: v.nullish(text(250)),
  dist: v.nullish(text(64)),
  debug_id: v.nullish(text(64)),
  files: v.pipe(
    v.custom<object>(
      files => typeof files === 'object' && files !== null && !Array.isArray(files),
      'must be an object'
    ),
    v.record(text(4_096), manifestFile)
  )
})

export type ListedFile = Omit<Entry, 'sha1'> & { /** Its name in the archive. */ name: string }

export type Manifest = { release: string; dist: string; files: ListedFile[] }

export function manifestOf(json: Buffer): Manifest {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), manifestSchema), json.toString('utf8'))
  if (!result.success) {
    const [issue] = result.issues
    throw new ArtifactRefused(`manifest.json is not valid: ${v.getDotPath(issue) ?? ''} ${issue.message}`.slice(0, 300))
  }
  const { release, dist, files } = result.output
  const listed = Object.entries(files).map(([name, file]) => listedOf(name, file))
  if (listed.length > limits.bundleFilesMax) {
    throw new ArtifactRefused(`The bundle has more than ${limits.bundleFilesMax} files.`)
  }
  return { release: clean(release ?? ''), dist: clean(dist ?? ''), files: unique(listed) }
}

const kinds: Readonly<Record<string, Entry['kind']>> = {
  minified_source: 'script',
  source: 'source',
  source_map: 'source_map'
}

function listedOf(name: string, { type, url, headers }: v.InferOutput<typeof manifestFile>): ListedFile {
  const header = (wanted: string): string => {
    const found = Object.entries(headers).find(([key]) => key.toLowerCase() === wanted)?.[1]
    return typeof found === 'string' ? clean(found.slice(0, urlCharsMax)) : ''
  }
  const place = clean(url === '' ? `~/${name.replace(/^(?:files\/)?_\/_\//, '')}` : url)
  return {
    name,
    url: place,
    kind: kinds[type] ?? 'other',
    debugId: normalDebugId(header('debug-id')) ?? '',
    mapUrl: mapUrlOf(place, header('sourcemap') || header('x-sourcemap'))
  }
}

/** PostgreSQL stores no NUL, and no address has a control character. */
function clean(given: string): string {
  return given.replaceAll(/\p{Cc}/gu, '').toWellFormed()
}

/** Of several files of one kind at one address the last counts. */
function unique(files: readonly ListedFile[]): ListedFile[] {
  return [...new Map(files.map(file => [`${file.kind} ${file.url}`, file])).values()]
}
