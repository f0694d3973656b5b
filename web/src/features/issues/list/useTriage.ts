/**
 * Going through the list: which issues an action means (the selected ones, else the one under the cursor), where the
 * cursor goes when rows leave, and the keys. What could not be changed stays selected.
 */
import { computed, nextTick, ref, watch, type Ref } from 'vue'
import type { Issue } from '../../../api/types.ts'
import { useShortcuts } from '../../../lib/hotkeys.ts'
import type { ArchivedUntil } from '../changes/archiving.ts'
import type { Change, Person, ResolveIn } from '../changes/change.ts'
import { useAsked, type Asking, type Target } from '../changes/useAsked.ts'
import type { IssueChanges } from '../changes/useIssueChanges.ts'
import type { IssueList } from './useIssueList.ts'
import { texts as actions } from '../changes/texts.ts'
import { texts } from './texts.ts'

type Cursor = { cursor: Ref<string | null>; focusCursor: () => void }

export function useTriage(list: IssueList, changes: IssueChanges, cursor: Cursor) {
  const selection = useSelection(list, cursor)
  const { selected, all, meant } = selection
  const asked = useAsked()

  async function applyToAll(change: Change | { kind: 'delete' }): Promise<string> {
    asked.busy.value = true
    await changes.applyToAll(list.bulkFilter(), change)
    asked.busy.value = false
    selected.value = []
    return ''
  }

  async function apply(rows: readonly Target[], change: Change): Promise<void> {
    if (all.value) {
      await applyToAll(change)
      return
    }
    if (rows.length === 0) return
    if (change.kind !== 'assign') selection.moveOn(rows)
    selection.remove(rows)
    selection.add(await changes.apply(rows, change))
  }

  function ask(what: Asking, rows: readonly Issue[] = meant()): void {
    if (rows.length > 0 || all.value) asked.ask(what, rows)
  }

  /** What a dialog had to confirm; it stays open with what went wrong. */
  async function confirmed(run: (rows: readonly Target[]) => Promise<string>): Promise<void> {
    if (await asked.confirm(run)) selection.remove(asked.targets.value)
  }

  useTriageKeys({
    setStatus: status => {
      void apply(meant(), { kind: 'status', status })
    },
    resolveIn: () => ask('resolve'),
    assign: () => ask('assign')
  })

  return {
    ...selection,
    asked,
    apply,
    ask,
    resolve: (resolveIn: ResolveIn) => apply(asked.targets.value, { kind: 'status', status: 'resolved', resolveIn }),
    archive: (until: ArchivedUntil) => apply(asked.targets.value, { kind: 'status', status: 'archived', until }),
    assign: (to: Person | null) => apply(asked.targets.value, { kind: 'assign', to }),
    merge: (into: Target) => confirmed(rows => changes.merge(rows, into)),
    discard: () => confirmed(rows => (all.value ? applyToAll({ kind: 'discard' }) : changes.discard(rows))),
    remove: () => confirmed(rows => (all.value ? applyToAll({ kind: 'delete' }) : changes.remove(rows)))
  }
}

/** Rows that are selected, or everything that matches, and the cursor beside them. */
function useSelection(list: IssueList, { cursor, focusCursor }: Cursor) {
  const selected = ref<string[]>([])
  const all = ref(false)
  const chosen = computed(() => {
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

  /** The rows that a key or the bar means. */
  function meant(): readonly Issue[] {
    return chosen.value.length > 0 ? chosen.value : list.rows.value.filter(row => row.id === cursor.value)
  }

  /** Rows that leave take the cursor along to the next one that stays. */
  function moveOn(leaving: readonly { id: string }[]): void {
    const ids = leaving.map(row => row.id)
    const index = list.rows.value.findIndex(row => row.id === cursor.value)
    if (index === -1 || !ids.includes(cursor.value ?? '')) return
    const rest = (row: Issue): boolean => !ids.includes(row.id)
    cursor.value =
      (list.rows.value.slice(index).find(rest) ?? list.rows.value.slice(0, index).findLast(rest))?.id ?? null
    void nextTick(focusCursor)
  }

  function remove(rows: readonly { id: string }[]): void {
    selected.value = selected.value.filter(id => !rows.some(row => row.id === id))
  }

  function add(ids: readonly string[]): void {
    selected.value = [...new Set([...selected.value, ...ids])]
  }

  return { selected, all, canSelectAll, meant, moveOn, remove, add }
}

function useTriageKeys({
  setStatus,
  resolveIn,
  assign
}: {
  setStatus: (status: 'resolved' | 'archived') => void
  resolveIn: () => void
  assign: () => void
}): void {
  const { resolve, archive, assign: assigns } = actions.actions
  const { group, resolveIn: resolvesIn } = texts.shortcuts
  useShortcuts([
    { keys: 'r', isCommand: true, does: resolve, group, run: () => setStatus('resolved') },
    { keys: 'Shift+r', isCommand: true, does: resolvesIn, group, run: resolveIn },
    { keys: 'e', isCommand: true, does: archive, group, run: () => setStatus('archived') },
    { keys: 'a', isCommand: true, does: assigns, group, run: assign }
  ])
}
