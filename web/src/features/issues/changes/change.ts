/**
 * A change of issues as data: what the API takes for it, how an issue looks after it, what undoes it, and the words for
 * it. The state after a change is the one that the server will give it, so the optimistic row needs no correction.
 */
import type { BulkBody, Issue } from '../../../api/types.ts'
import { personName } from '../../../lib/format.ts'
import { untilText, type ArchivedUntil } from './archiving.ts'
import { texts } from './texts.ts'

export type Person = NonNullable<Issue['assignee']>
/** What a change needs to know of an issue: rows of the list and the issue of a page both have it. */
export type Changeable = Pick<Issue, 'id' | 'short_id' | 'status' | 'substatus' | 'archived_until' | 'assignee'>
export type ResolveIn = 'current_release' | 'next_release' | { release: string } | { commit: string }
export type SetStatus = {
  kind: 'status'
  status: 'resolved' | 'unresolved' | 'archived'
  /** Of a resolved one; without it events of the latest release bring it back too. */
  resolveIn?: ResolveIn
  /** Of an archived one; without it until it escalates. */
  until?: ArchivedUntil
}
export type Change = SetStatus | { kind: 'assign'; to: Person | null } | { kind: 'discard' }
export type ChangeGroup = { issues: Changeable[]; change: Change }

/** "Resolved 3 issues", "Assigned to Ada: WEB-17". */
export function done(change: Change | { kind: 'delete' }, what: string): string {
  switch (change.kind) {
    case 'status':
      if (change.resolveIn !== undefined) return texts.done.resolvedIn(resolvedInText(change.resolveIn), what)
      if (change.until !== undefined) return texts.done.archivedUntil(untilText(change.until), what)
      return texts.done[change.status](what)
    case 'assign':
      return change.to === null ? texts.done.unassigned(what) : texts.done.assigned(personName(change.to), what)
    case 'discard':
      return texts.done.discarded(what)
    case 'delete':
      return texts.done.deleted(what)
  }
}

function resolvedInText(resolveIn: ResolveIn): string {
  if (typeof resolveIn === 'string') return texts.where[resolveIn]
  return 'release' in resolveIn ? resolveIn.release : texts.where.commit(resolveIn.commit.slice(0, 12))
}

/** "WEB-17" or "3 issues". */
export function subjectOf(issues: readonly Pick<Issue, 'short_id'>[]): string {
  const [first] = issues
  return first !== undefined && issues.length === 1 ? first.short_id : texts.issues(issues.length)
}

export function bodyOf(change: Change): BulkBody['change'] {
  switch (change.kind) {
    case 'status':
      return {
        status: change.status,
        ...(change.resolveIn === undefined ? {} : { resolve_in: change.resolveIn }),
        ...(change.until === undefined ? {} : { archive_until: change.until })
      }
    case 'assign':
      return { assignee: change.to?.id ?? null }
    case 'discard':
      return { discard: true }
  }
}

/** Whether the issue would differ. Whether a resolved one waits for the next release only the server knows. */
export function isNeeded({ status, assignee }: Changeable, change: Change): boolean {
  switch (change.kind) {
    case 'status':
      return status !== change.status || change.resolveIn !== undefined || change.until !== undefined
    case 'assign':
      return (assignee?.id ?? null) !== (change.to?.id ?? null)
    case 'discard':
      return status !== 'discarded'
  }
}

/** The issue as it is after the change. */
export function changed<Subject extends Changeable>(issue: Subject, change: Change): Subject {
  switch (change.kind) {
    case 'status':
      return {
        ...issue,
        status: change.status,
        substatus: change.status === 'unresolved' ? 'ongoing' : '',
        archived_until: change.status === 'archived' ? (change.until ?? 'escalating') : null
      }
    case 'assign':
      return { ...issue, assignee: change.to }
    case 'discard':
      return { ...issue, status: 'discarded', substatus: '', archived_until: null }
  }
}

/** The fields that the change sets, as this issue has them: a put-back leaves alone what others changed meanwhile. */
export function fieldsOf({ id, status, substatus, archived_until: until, assignee }: Changeable, { kind }: Change) {
  return kind === 'assign' ? { id, assignee } : { id, status, substatus, archived_until: until }
}

/** The changes that bring issues back to where they were: changes of one kind go together. */
export function undoing(issues: readonly Changeable[], change: Change): ChangeGroup[] {
  const groups = new Map<string, ChangeGroup>()
  for (const issue of issues) {
    const back = before(issue, change)
    const key = JSON.stringify(bodyOf(back))
    const group = groups.get(key) ?? { issues: [], change: back }
    groups.set(key, { ...group, issues: [...group.issues, changed(issue, change)] })
  }
  return [...groups.values()]
}

/** A discarded issue can only become unresolved: what was not stored meanwhile is lost. */
function before({ status, archived_until: until, assignee }: Changeable, { kind }: Change): Change {
  if (kind === 'assign') return { kind: 'assign', to: assignee }
  if (status === 'archived') return { kind: 'status', status, until: until ?? 'escalating' }
  return { kind: 'status', status: status === 'resolved' ? status : 'unresolved' }
}
