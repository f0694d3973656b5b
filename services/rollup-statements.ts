/** The statements that add sums to the rollup tables, in the order in which every fold locks them; issues come last. */
import { inOrder, type Sums } from './rollup-sums.ts'
import { dates, hashes, ints, texts, timestamps, uuids } from './wire/parameters.ts'
import type { Pipeline, Statement } from './wire/pipeline.ts'

const addOutcomeHours: Statement = {
  name: 'add_outcome_hours',
  text: `insert into outcome_hours as r (project_id, hour, outcome, reason, count)
    select project, hour, outcome, '', count from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::bigint[]) as u (project, hour, outcome, count)
    on conflict (project_id, hour, outcome, reason) do update set count = r.count + excluded.count`
}
const addProjectHours: Statement = {
  name: 'add_project_hours',
  text: `insert into project_hours as r (project_id, hour, level, environment, release, count, bytes)
    select * from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
    on conflict (project_id, hour, level, environment, release)
    do update set count = r.count + excluded.count, bytes = r.bytes + excluded.bytes`
}
const addTagDays: Statement = {
  name: 'add_tag_days',
  text: `insert into tag_days as r (project_id, day, key, value, count)
    select * from unnest($1::bigint[], $2::date[], $3::text[], $4::text[], $5::bigint[])
    on conflict (project_id, day, key, value) do update set count = r.count + excluded.count`
}
const addProjectUsers: Statement = {
  name: 'add_project_users',
  text: `insert into project_users as r (project_id, user_hash, last_hour)
    select * from unnest($1::bigint[], $2::bigint[], $3::timestamptz[])
    on conflict (project_id, user_hash) do update set last_hour = excluded.last_hour where r.last_hour < excluded.last_hour`
}
const addIssueMinutes: Statement = {
  name: 'add_issue_minutes',
  text: `insert into issue_minutes as r (project_id, issue_id, minute, count)
    select * from unnest($1::bigint[], $2::uuid[], $3::timestamptz[], $4::bigint[])
    on conflict (project_id, issue_id, minute) do update set count = r.count + excluded.count`
}
const addIssueHours: Statement = {
  name: 'add_issue_hours',
  text: `insert into issue_hours as r (project_id, issue_id, hour, environment, count)
    select * from unnest($1::bigint[], $2::uuid[], $3::timestamptz[], $4::text[], $5::bigint[])
    on conflict (project_id, issue_id, hour, environment) do update set count = r.count + excluded.count`
}
const addIssueReleases: Statement = {
  name: 'add_issue_releases',
  text: `insert into issue_releases as r (project_id, issue_id, release, first_hour, last_hour)
    select * from unnest($1::bigint[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[])
    on conflict (project_id, issue_id, release) do update
    set first_hour = least(r.first_hour, excluded.first_hour), last_hour = greatest(r.last_hour, excluded.last_hour)
    where r.first_hour > excluded.first_hour or r.last_hour < excluded.last_hour`
}
const addIssueUsers: Statement = { name: 'fold_issue_users', text: 'select fold_issue_users($1::bigint[], $2::uuid[], $3::bigint[])' }

export function writeSums (pipeline: Pipeline, { outcomes, projects, issues }: Sums): void {
  pipeline.execute(addOutcomeHours, [
    ints(outcomes.map(row => row.projectId)), timestamps(outcomes.map(row => row.hour)), texts(outcomes.map(row => row.outcome)), ints(outcomes.map(row => row.count))
  ])
  writeProjects(pipeline, projects)
  writeIssues(pipeline, issues)
}

function writeProjects (pipeline: Pipeline, projects: Sums['projects']): void {
  const volumes = projects.flatMap(({ projectId, hours }) => inOrder(hours).flatMap(([hour, levels]) =>
    inOrder(levels).flatMap(([, environments]) => inOrder(environments).flatMap(([, releases]) =>
      inOrder(releases).map(([, volume]) => ({ projectId, hour, ...volume }))))))
  pipeline.execute(addProjectHours, [
    ints(volumes.map(row => row.projectId)), timestamps(volumes.map(row => row.hour)), texts(volumes.map(row => row.level)),
    texts(volumes.map(row => row.environment)), texts(volumes.map(row => row.release)), ints(volumes.map(row => row.count)), ints(volumes.map(row => row.bytes))
  ])

  const tags = projects.flatMap(({ projectId, days }) => inOrder(days).flatMap(([day, { tags }]) =>
    inOrder(tags).flatMap(([key, values]) => inOrder(values).map(([value, count]) => ({ projectId, day, key, value, count })))))
  pipeline.execute(addTagDays, [
    ints(tags.map(row => row.projectId)), dates(tags.map(row => row.day)), texts(tags.map(row => row.key)), texts(tags.map(row => row.value)), ints(tags.map(row => row.count))
  ])

  const users = projects.flatMap(({ projectId, users }) => inOrder(users).map(([user, hour]) => ({ projectId, user, hour })))
  if (users.length === 0) return
  pipeline.execute(addProjectUsers, [
    ints(users.map(row => row.projectId)), hashes(users.map(row => row.user)), timestamps(users.map(row => row.hour))
  ])
}

function writeIssues (pipeline: Pipeline, issues: Sums['issues']): void {
  const minutes = issues.flatMap(({ projectId, issueId, minutes }) => inOrder(minutes).map(([minute, count]) => ({ projectId, issueId, minute, count })))
  pipeline.execute(addIssueMinutes, [...issueColumns(minutes), timestamps(minutes.map(row => row.minute)), ints(minutes.map(row => row.count))])

  const hours = issues.flatMap(({ projectId, issueId, hours }) => inOrder(hours).flatMap(([hour, environments]) =>
    inOrder(environments).map(([environment, count]) => ({ projectId, issueId, hour, environment, count }))))
  pipeline.execute(addIssueHours, [
    ...issueColumns(hours), timestamps(hours.map(row => row.hour)), texts(hours.map(row => row.environment)), ints(hours.map(row => row.count))
  ])

  const releases = issues.flatMap(({ projectId, issueId, releases }) => inOrder(releases).map(([release, span]) => ({ projectId, issueId, release, ...span })))
  if (releases.length > 0) {
    pipeline.execute(addIssueReleases, [
      ...issueColumns(releases), texts(releases.map(row => row.release)), timestamps(releases.map(row => row.first)), timestamps(releases.map(row => row.last))
    ])
  }

  const users = issues.flatMap(({ projectId, issueId, users }) => [...users].sort().map(user => ({ projectId, issueId, user })))
  if (users.length > 0) pipeline.execute(addIssueUsers, [...issueColumns(users), hashes(users.map(row => row.user))])
}

function issueColumns (rows: readonly { projectId: number, issueId: string }[]) {
  return [ints(rows.map(row => row.projectId)), uuids(rows.map(row => row.issueId))] as const
}
