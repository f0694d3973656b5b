/** The statements that add sums to the rollup tables, in the order in which every fold locks them; issues come last. */
import { writeSamples } from './samples.ts'
import { inOrder, type Sums } from './sums.ts'
import { dates, hashes, ints, texts, timestamps, uuids } from '../database/wire/parameters.ts'
import type { Pipeline, PreparedStatement } from '../database/wire/pipeline.ts'

const addOutcomeHours: PreparedStatement = {
  name: 'add_outcome_hours',
  text: `insert into outcome_hours as r (project_id, hour, outcome, reason, count)
    select project, hour, outcome, '', count
    from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::bigint[]) as u (project, hour, outcome, count)
    on conflict (project_id, hour, outcome, reason) do update set count = r.count + excluded.count`
}
const addProjectHours: PreparedStatement = {
  name: 'add_project_hours',
  text: `insert into project_hours as r (project_id, hour, level, environment, release, count, bytes)
    select * from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::bigint[],
      $7::bigint[])
    on conflict (project_id, hour, level, environment, release)
    do update set count = r.count + excluded.count, bytes = r.bytes + excluded.bytes`
}
const addTagDays: PreparedStatement = {
  name: 'add_tag_days',
  text: `insert into tag_days as r (project_id, day, key, value, count)
    select * from unnest($1::bigint[], $2::date[], $3::text[], $4::text[], $5::bigint[])
    on conflict (project_id, day, key, value) do update set count = r.count + excluded.count`
}
const addProjectUsers: PreparedStatement = {
  name: 'add_project_users',
  text: `insert into project_users as r (project_id, user_hash, last_hour)
    select * from unnest($1::bigint[], $2::bigint[], $3::timestamptz[])
    on conflict (project_id, user_hash) do update set last_hour = excluded.last_hour
    where r.last_hour < excluded.last_hour`
}
const addProjectReleases: PreparedStatement = {
  name: 'add_project_releases',
  text: `insert into project_releases as r (project_id, release, first_seen, last_seen)
    select * from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::timestamptz[])
    on conflict (project_id, release) do update
    set first_seen = least(r.first_seen, excluded.first_seen), last_seen = greatest(r.last_seen, excluded.last_seen)
    where r.first_seen > excluded.first_seen or r.last_seen is null or r.last_seen < excluded.last_seen`
}
const addIssueMinutes: PreparedStatement = {
  name: 'add_issue_minutes',
  text: `insert into issue_minutes as r (project_id, issue_id, minute, count)
    select * from unnest($1::bigint[], $2::uuid[], $3::timestamptz[], $4::bigint[])
    on conflict (project_id, issue_id, minute) do update set count = r.count + excluded.count`
}
const addIssueHours: PreparedStatement = {
  name: 'add_issue_hours',
  text: `insert into issue_hours as r (project_id, issue_id, hour, environment, count)
    select * from unnest($1::bigint[], $2::uuid[], $3::timestamptz[], $4::text[], $5::bigint[])
    on conflict (project_id, issue_id, hour, environment) do update set count = r.count + excluded.count`
}
const addIssueReleases: PreparedStatement = {
  name: 'add_issue_releases',
  text: `insert into issue_releases as r (project_id, issue_id, release, first_hour, last_hour, first_seen)
    select * from unnest($1::bigint[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[])
    on conflict (project_id, issue_id, release) do update
    set first_hour = least(r.first_hour, excluded.first_hour), last_hour = greatest(r.last_hour, excluded.last_hour),
      first_seen = least(r.first_seen, excluded.first_seen)
    where r.first_hour > excluded.first_hour or r.last_hour < excluded.last_hour
      or r.first_seen > excluded.first_seen`
}
const foldIssues: PreparedStatement = {
  name: 'fold_issues',
  text: 'select fold_issues($1::bigint[], $2::uuid[], $3::bigint[], $4::uuid[])'
}

/** One array for each column, filled row by row: objects for the rows would cost more than the statements. */
type Columns = {
  projects: number[]
  issues: string[]
  times: number[]
  texts: string[]
  others: string[]
  counts: number[]
  numbers: number[]
}

function columns(): Columns {
  return { projects: [], issues: [], times: [], texts: [], others: [], counts: [], numbers: [] }
}

export function writeSums(pipeline: Pipeline, { outcomes, projects, issues }: Sums): void {
  pipeline.execute(addOutcomeHours, [
    ints(outcomes.map(row => row.projectId)),
    timestamps(outcomes.map(row => row.hour)),
    texts(outcomes.map(row => row.outcome)),
    ints(outcomes.map(row => row.count))
  ])
  writeVolumes(pipeline, projects)
  writeTags(pipeline, projects)
  writeProjectUsers(pipeline, projects)
  writeProjectReleases(pipeline, projects)
  writeMinutes(pipeline, issues)
  writeHours(pipeline, issues)
  writeReleases(pipeline, issues)
  writeSamples(pipeline, { projects, issues })
  writeIssues(pipeline, issues)
}

function writeVolumes(pipeline: Pipeline, projects: Sums['projects']): void {
  const rows = columns()
  const levels: string[] = []
  for (const { projectId, hours } of projects) {
    for (const [hour, byLevel] of inOrder(hours)) {
      const volumes = inOrder(byLevel).flatMap(([, environments]) =>
        inOrder(environments).flatMap(([, releases]) => inOrder(releases))
      )
      for (const [, { level, environment, release, count, bytes }] of volumes) {
        rows.projects.push(projectId)
        rows.times.push(hour)
        levels.push(level)
        rows.texts.push(environment)
        rows.others.push(release)
        rows.counts.push(count)
        rows.numbers.push(bytes)
      }
    }
  }
  pipeline.execute(addProjectHours, [
    ints(rows.projects),
    timestamps(rows.times),
    texts(levels),
    texts(rows.texts),
    texts(rows.others),
    ints(rows.counts),
    ints(rows.numbers)
  ])
}

function writeTags(pipeline: Pipeline, projects: Sums['projects']): void {
  const rows = columns()
  for (const { projectId, days } of projects) {
    for (const [day, { tags }] of inOrder(days)) {
      for (const [key, values] of inOrder(tags)) {
        for (const [value, count] of inOrder(values)) {
          rows.projects.push(projectId)
          rows.times.push(day)
          rows.texts.push(key)
          rows.others.push(value)
          rows.counts.push(count)
        }
      }
    }
  }
  pipeline.execute(addTagDays, [
    ints(rows.projects),
    dates(rows.times),
    texts(rows.texts),
    texts(rows.others),
    ints(rows.counts)
  ])
}

function writeProjectUsers(pipeline: Pipeline, projects: Sums['projects']): void {
  const rows = columns()
  for (const { projectId, users } of projects) {
    for (const [user, hour] of inOrder(users)) {
      rows.projects.push(projectId)
      rows.texts.push(user)
      rows.times.push(hour)
    }
  }
  if (rows.projects.length > 0) {
    pipeline.execute(addProjectUsers, [ints(rows.projects), hashes(rows.texts), timestamps(rows.times)])
  }
}

function writeProjectReleases(pipeline: Pipeline, projects: Sums['projects']): void {
  const rows = columns()
  for (const { projectId, releases } of projects) {
    for (const [release, { firstSeen, lastSeen }] of inOrder(releases)) {
      rows.projects.push(projectId)
      rows.texts.push(release)
      rows.times.push(firstSeen)
      rows.numbers.push(lastSeen)
    }
  }
  if (rows.projects.length === 0) return
  pipeline.execute(addProjectReleases, [
    ints(rows.projects),
    texts(rows.texts),
    timestamps(rows.times),
    timestamps(rows.numbers)
  ])
}

function writeMinutes(pipeline: Pipeline, issues: Sums['issues']): void {
  const rows = columns()
  for (const { projectId, issueId, minutes } of issues) {
    for (const [minute, count] of inOrder(minutes)) {
      rows.projects.push(projectId)
      rows.issues.push(issueId)
      rows.times.push(minute)
      rows.counts.push(count)
    }
  }
  pipeline.execute(addIssueMinutes, [
    ints(rows.projects),
    uuids(rows.issues),
    timestamps(rows.times),
    ints(rows.counts)
  ])
}

function writeHours(pipeline: Pipeline, issues: Sums['issues']): void {
  const rows = columns()
  for (const { projectId, issueId, hours } of issues) {
    for (const [hour, environments] of inOrder(hours)) {
      for (const [environment, count] of inOrder(environments)) {
        rows.projects.push(projectId)
        rows.issues.push(issueId)
        rows.times.push(hour)
        rows.texts.push(environment)
        rows.counts.push(count)
      }
    }
  }
  pipeline.execute(addIssueHours, [
    ints(rows.projects),
    uuids(rows.issues),
    timestamps(rows.times),
    texts(rows.texts),
    ints(rows.counts)
  ])
}

function writeReleases(pipeline: Pipeline, issues: Sums['issues']): void {
  const rows = columns()
  for (const { projectId, issueId, releases } of issues) {
    for (const [release, { firstSeen, first, last }] of inOrder(releases)) {
      rows.projects.push(projectId)
      rows.issues.push(issueId)
      rows.texts.push(release)
      rows.times.push(first)
      rows.numbers.push(last)
      rows.counts.push(firstSeen)
    }
  }
  if (rows.projects.length === 0) return
  pipeline.execute(addIssueReleases, [
    ints(rows.projects),
    uuids(rows.issues),
    texts(rows.texts),
    timestamps(rows.times),
    timestamps(rows.numbers),
    timestamps(rows.counts)
  ])
}

function writeIssues(pipeline: Pipeline, issues: Sums['issues']): void {
  const rows = columns()
  for (const { projectId, issueId, users } of issues) {
    for (const user of users.size > 1 ? [...users].sort() : users) {
      rows.projects.push(projectId)
      rows.issues.push(issueId)
      rows.texts.push(user)
    }
  }
  if (issues.length > 0) {
    pipeline.execute(foldIssues, [
      ints(rows.projects),
      uuids(rows.issues),
      hashes(rows.texts),
      uuids(issues.map(({ issueId }) => issueId))
    ])
  }
}
