/**
 * Going through the list: which issues are meant (those selected, else the one under the cursor), what is asked before
 * it is done, and the keys.
 */
import { computed, nextTick, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type { Issue } from '../../../api/types.ts'
import { useShortcuts } from '../../../lib/hotkeys.ts'
import type { IssueList } from './useIssueList.ts'
import { useIssueChanges, type Change, type Person } from '../changes/useIssueChanges.ts'

export type Asking = 'assign' | 'merge' | 'discard' | 'delete'

export function useTriage(
  list: IssueList,
  { cursor, focusCursor }: { cursor: Ref<string | null>; focusCursor: () => void }
) {
  const selected = ref<string[]>([])
  const all = ref(false)
  const busy = ref(false)
  const asking = ref<Asking | null>(null)
  const wrong = ref('')
  const targets = shallowRef<readonly Issue[]>([])
  const changes = useIssueChanges(list)

  const chosen: ComputedRef<Issue[]> = computed(() => {
    const ids = new Set(selected.value)
    return list.rows.value.filter(row => ids.has(row.id))
  })
  const canSelectAll = computed(
    () =>
      !all.value &&
      list.hasNextPage.value &&
      list.rows.value.length > 0 &&
      chosen.value.length === list.rows.value.length
  )
  watch(selected, () => {
    all.value = false
  })

  /** Those that a key or the bar means. */
  function meant(): readonly Issue[] {
    return chosen.value.length > 0 ? chosen.value : list.rows.value.filter(row => row.id === cursor.value)
  }

  /** Rows that leave take the cursor along to the next one that stays. */
  function moveOn(leaving: readonly Issue[]): void {
    const ids = leaving.map(row => row.id)
    const index = list.rows.value.findIndex(row => row.id === cursor.value)
    if (index === -1 || !ids.includes(cursor.value ?? '')) return
    const rest = (row: Issue): boolean => !ids.includes(row.id)
    cursor.value =
      (list.rows.value.slice(index).find(rest) ?? list.rows.value.slice(0, index).findLast(rest))?.id ?? null
    void nextTick(focusCursor)
  }

  async function apply(rows: readonly Issue[], change: Change): Promise<void> {
    if (all.value) {
      busy.value = true
      selected.value = []
      await changes.applyToAll(change)
      busy.value = false
      return
    }
    if (rows.length === 0) return
    if (change.kind !== 'assign') moveOn(rows)
    selected.value = selected.value.filter(id => !rows.some(row => row.id === id))
    const failed = await changes.apply(rows, change)
    selected.value = [...new Set([...selected.value, ...failed])]
  }

  function ask(what: Asking, rows: readonly Issue[] = meant()): void {
    if (rows.length === 0 && !all.value) return
    targets.value = rows
    wrong.value = ''
    asking.value = what
  }

  async function assign(to: Person | null): Promise<void> {
    await apply(targets.value, { kind: 'assign', to })
  }

  async function merge(into: Issue): Promise<void> {
    busy.value = true
    if (await changes.merge(targets.value, into)) selected.value = []
    busy.value = false
    asking.value = null
  }

  /** What had to be confirmed. */
  async function confirmed(): Promise<void> {
    busy.value = true
    if (asking.value === 'discard') await apply(targets.value, { kind: 'discard' })
    else if (all.value) await changes.applyToAll({ kind: 'delete' })
    else wrong.value = await changes.remove(targets.value)
    busy.value = false
    if (wrong.value !== '') return
    selected.value = selected.value.filter(id => !targets.value.some(row => row.id === id))
    if (all.value) selected.value = []
    asking.value = null
  }

  useTriageKeys({
    setStatus: status => {
      void apply(meant(), { kind: 'status', status })
    },
    assign: () => ask('assign')
  })

  return {
    selected,
    all,
    busy,
    asking,
    wrong,
    targets,
    chosen,
    canSelectAll,
    meant,
    apply,
    ask,
    assign,
    merge,
    confirmed
  }
}

function useTriageKeys({
  setStatus,
  assign
}: {
  setStatus: (status: 'resolved' | 'archived') => void
  assign: () => void
}): void {
  const group = 'List'
  useShortcuts([
    { keys: 'r', does: 'Resolve', group, run: () => setStatus('resolved') },
    { keys: 'e', does: 'Archive', group, run: () => setStatus('archived') },
    { keys: 'a', does: 'Assign', group, run: assign }
  ])
}
