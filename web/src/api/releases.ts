/** Releases with their numbers, issues, commits and deploys, two side by side, and where sources are. */
import { http, type Query } from './client.ts'
import type {
  CodeMappings,
  CodeMappingTrial,
  CodeMappingTried,
  Commit,
  ComparedIssue,
  Issue,
  Page,
  ReleaseComparison,
  ReleaseDetail,
  ReleaseSummaries
} from './types.ts'

const at = (project: string, rest: string) => `/projects/${project}/${rest}`
const one = (project: string, version: string, rest = '') =>
  at(project, `releases/${encodeURIComponent(version)}${rest}`)

export const releases = {
  summaries: (project: string, query: Query) => http.get<ReleaseSummaries>(at(project, 'stats/releases'), query),
  get: (project: string, version: string, query: Query) => http.get<ReleaseDetail>(one(project, version), query),
  change: (project: string, version: string, status: 'open' | 'archived') =>
    http.patch<undefined>(one(project, version), { status }),
  issues: (project: string, version: string, query: Query) =>
    http.get<Page<Issue>>(one(project, version, '/issues'), query),
  commits: (project: string, version: string, query: Query) =>
    http.get<Page<Commit>>(one(project, version, '/commits'), query),
  comparison: (project: string, query: Query) =>
    http.get<ReleaseComparison>(at(project, 'stats/release-comparison'), query),
  comparedIssues: (project: string, query: Query) =>
    http.get<Page<ComparedIssue>>(at(project, 'stats/release-comparison/issues'), query),
  codeMappings: (project: string) => http.get<CodeMappings>(at(project, 'code-mappings')),
  changeCodeMappings: (project: string, body: CodeMappings) =>
    http.put<CodeMappings>(at(project, 'code-mappings'), body),
  tryCodeMappings: (project: string, body: CodeMappingTrial) =>
    http.post<CodeMappingTried>(at(project, 'code-mappings/try'), body)
}
