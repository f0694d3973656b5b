/**
 * How followers are told of issues. Changes are noted, and the issues are read from the database at most every
 * `readMs`, in one query per project, so that dashboards show what is stored. They are sent with their counts. What
 * could not be read is tried again.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import { reportFailure, reportSuccess, type Report } from '../behaviours/report.ts'
import type { StreamIssues, StreamManagerMessage } from './messages.ts'
import { changesOf, noteChange, type Change, type Changes } from './stream-changes.ts'
import { publish, push, type Manager, type Project, type State, type StreamManagerOptions } from './stream-state.ts'

const countMs = 1_000

export function issuesChanged(
  state: State,
  projectId: number,
  changes: readonly Change[],
  { readMs }: StreamManagerOptions,
  self: Manager
): State {
  const project = state.projects.get(projectId)
  if (project === undefined || project.keys.size === 0) return state
  for (const change of changes) noteChange(project.changes, change)
  if (!state.readTimer) self.sendAfter({ type: 'read' }, readMs)
  return { ...state, readTimer: true }
}

export function read(state: State, options: StreamManagerOptions, self: Manager): State {
  for (const project of state.projects.values()) {
    if (project.reading || project.changes.size === 0) continue
    if (project.keys.size === 0) {
      project.changes.clear()
      continue
    }
    const changes = new Map([...project.changes].slice(0, options.readMax))
    for (const issueId of changes.keys()) project.changes.delete(issueId)
    project.reading = true
    const { projectId, countedAt } = project
    const unresolved = countedAt <= options.now() - countMs || [...changes.values()].some(actions => actions.size > 0)
    if (unresolved) project.countedAt = options.now()
    pipeToSelf(
      self,
      options.readIssues(projectId, [...changes.keys()], { unresolved }),
      read => ({ type: 'issues_read', projectId, changes, read }),
      error => ({ type: 'issues_unread', projectId, changes, error })
    )
  }
  return state
}

export function issuesRead(
  state: State,
  { projectId, changes, read }: Extract<StreamManagerMessage, { type: 'issues_read' }>,
  options: StreamManagerOptions,
  self: Manager
): State {
  const isFailing = reportSuccess(state.isFailing, reportOf(options))
  const project = state.projects.get(projectId)
  if (project !== undefined) tellIssues(project, changes, read, self)
  return readOn({ ...state, isFailing }, projectId, [], options, self)
}

/** What could not be read is tried again. Counts are absolute, so waiting loses nothing. */
export function issuesUnread(
  state: State,
  { projectId, changes, error }: Extract<StreamManagerMessage, { type: 'issues_unread' }>,
  options: StreamManagerOptions,
  self: Manager
): State {
  const isFailing = reportFailure(state.isFailing, error, reportOf(options))
  return readOn({ ...state, isFailing }, projectId, changesOf(changes), options, self)
}

function reportOf({ log }: StreamManagerOptions): Report {
  return {
    log,
    failing: 'dashboards cannot be told how issues have changed',
    working: 'dashboards are told again how issues have changed'
  }
}

function readOn(
  state: State,
  projectId: number,
  unread: readonly Change[],
  options: StreamManagerOptions,
  self: Manager
): State {
  const project = state.projects.get(projectId)
  if (project === undefined) return state
  project.reading = false
  const waiting = [...unread, ...changesOf(project.changes)]
  return waiting.length === 0 ? state : issuesChanged(state, projectId, waiting, options, self)
}

function tellIssues(project: Project, changes: Changes, { issues, unresolved }: StreamIssues, self: Manager): void {
  const id = String(project.projectId)
  project.unresolved = unresolved ?? project.unresolved
  for (const [issueId, actions] of changes) {
    const issue = issues.get(issueId)?.item ?? { id: issueId }
    for (const action of actions) {
      for (const group of project.groups.values()) {
        if (group.issue === undefined || group.issue === issueId) {
          push(group.members.values(), { type: 'issue', project: id, action, issue }, self)
        }
      }
    }
  }
  const counts = [...issues.values()].map(({ count }) => count)
  publish(project, { type: 'issue_counts', project: id, issue_counts: counts, unresolved: project.unresolved }, self)
}
