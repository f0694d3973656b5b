/**
 * Which commits may have caused an error: those that changed a file of its frames. With a code mapping the path must be
 * the same; without one a commit's path may have further folders before it, or the frame's may, as long as a folder and
 * the file agree.
 */
import { cleaned, mappedPath, pathsOf, type CodeMapping, type FramePlace } from './code-mappings.ts'

export type SuspectFrame = FramePlace & { line: number | null }
export type ChangedFile = { path: string; type: string }
/** `frame` is the position of the first frame that is in the file. */
export type SuspectFile = ChangedFile & { frame: number }

type Wanted = { path: string; isMapped: boolean; frame: number }

/** For each commit, in their order, the files that frames are in; commits without such a file are left out. */
export function suspectsAmong<Commit extends { files: readonly ChangedFile[] }>(
  commits: readonly Commit[],
  frames: readonly SuspectFrame[],
  mappings: readonly CodeMapping[]
): { commit: Commit; files: SuspectFile[] }[] {
  const wanted = frames.flatMap((frame, index) => wantedOf(frame, mappings, index))
  // Paths are compared by their ends alone where the files have one name.
  const byName = new Map<string, Wanted[]>()
  for (const one of wanted) byName.set(nameOf(one.path), [...(byName.get(nameOf(one.path)) ?? []), one])
  return commits.flatMap(commit => {
    const files = commit.files.flatMap(file => {
      const path = cleaned(file.path)
      const found = path === null ? undefined : byName.get(nameOf(path))?.find(one => isSame(one, path))
      return found === undefined ? [] : [{ ...file, frame: found.frame }]
    })
    return files.length === 0 ? [] : [{ commit, files: files.toSorted((a, b) => a.frame - b.frame) }]
  })
}

function wantedOf(frame: SuspectFrame, mappings: readonly CodeMapping[], index: number): Wanted[] {
  const mapped = mappedPath(frame, mappings)
  if (mapped !== null) return [{ path: mapped.path, isMapped: true, frame: index }]
  return pathsOf(frame).flatMap(path => {
    const clean = cleaned(path.replace(/^[a-z][\w+.-]*:\/\/[^/]*\//i, ''))
    return clean === null ? [] : [{ path: clean, isMapped: false, frame: index }]
  })
}

function isSame({ path, isMapped }: Wanted, changed: string): boolean {
  if (path === changed) return true
  if (isMapped) return false
  const [shorter, longer] = path.length < changed.length ? [path, changed] : [changed, path]
  return shorter.includes('/') && longer.endsWith(`/${shorter}`)
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
