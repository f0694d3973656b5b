/**
 * Reads all events that the list's filters find, page after page, and hands them out as one file. What was read stays
 * when a page fails: it goes on from there. Leaving the page ends it.
 */
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { messageOf } from '../../../api/client.ts'
import { events } from '../../../api/events.ts'
import { saveFile } from '../../../lib/saveFile.ts'
import { useRange } from '../../../lib/range.ts'
import { useProject } from '../../../lib/workspace.ts'
import { formats, headOf, linesOf, type ExportFormat } from './exported.ts'
import type { EventFilters } from '../useEventList.ts'

/** What a browser holds in memory without pain: some thirty megabytes. */
export const exportedMax = 100_000
const pageSize = 100

type Reading = {
  query: Parameters<typeof events.list>[1]
  fromMs: number
  toMs: number
  format: ExportFormat
  parts: string[]
  cursor: string | null
}

export function useExport({ words, chosen }: EventFilters) {
  const project = useProject()
  const range = useRange()
  const count = ref(0)
  /** Up to which time it has been read; the newest events come first. */
  const reachedMs = ref(0)
  const error = ref('')
  const isRunning = ref(false)
  const reading = shallowRef<Reading | null>(null)
  const leaving = new AbortController()
  onScopeDispose(() => leaving.abort())

  const share = computed(() => {
    if (reading.value === null) return 0
    const { fromMs, toMs } = reading.value
    return Math.min(1, Math.max(count.value / exportedMax, (toMs - reachedMs.value) / Math.max(1, toMs - fromMs)))
  })

  function begin(format: ExportFormat): Promise<boolean> {
    const { from, to = new Date().toISOString() } = range.query.value
    reading.value = {
      query: { query: words.value, ...chosen.value, from, to, limit: pageSize },
      fromMs: Date.parse(from),
      toMs: Date.parse(to),
      format,
      parts: [headOf(format)],
      cursor: null
    }
    count.value = 0
    reachedMs.value = Date.parse(to)
    return goOn()
  }

  /** Whether all was read and saved. */
  async function goOn(): Promise<boolean> {
    const now = reading.value
    if (now === null) return false
    const { signal } = leaving
    isRunning.value = true
    error.value = ''
    try {
      do {
        const page = await events.list(project.value.id, { ...now.query, cursor: now.cursor }, signal)
        now.parts.push(linesOf(now.format, page.data.slice(0, exportedMax - count.value)))
        now.cursor = page.next_cursor
        count.value = Math.min(exportedMax, count.value + page.data.length)
        reachedMs.value = Date.parse(page.data.at(-1)?.received_at ?? '') || reachedMs.value
      } while (now.cursor !== null && count.value < exportedMax)
      save()
      return true
    } catch (failure) {
      if (!signal.aborted) error.value = messageOf(failure)
      return false
    } finally {
      isRunning.value = false
    }
  }

  /** What has been read so far. */
  function save(): void {
    if (reading.value === null) return
    const { format, parts, toMs } = reading.value
    const type = formats.find(({ value }) => value === format)?.type ?? ''
    saveFile(
      `${project.value.slug}-events-${new Date(toMs).toISOString().slice(0, 16).replaceAll(':', '')}.${format}`,
      new Blob(parts, { type })
    )
  }

  return { count, share, error, isRunning, begin, goOn, save, reading }
}
