/** One project: its keys, settings and figures about itself. */
import { http, type Query } from './client.ts'
import type {
  ArtifactList,
  DsnKey,
  Environment,
  InboxItem,
  GroupingPreview,
  GroupingRules,
  KeyChange,
  NewKeyBody,
  Onboarding,
  Outcomes,
  Page,
  ProjectChange,
  ProjectDetail,
  Release,
  ScrubPreview,
  ScrubPreviewBody,
  ScrubRules,
  Settings,
  SettingsChange,
  Storage
} from './types.ts'

const at = (project: string, rest = '') => `/projects/${project}${rest}`

export const projects = {
  get: (project: string) => http.get<ProjectDetail>(at(project)),
  change: (project: string, body: ProjectChange) => http.patch<ProjectDetail>(at(project), body),
  delete: (project: string) => http.delete(at(project)),
  /** All of them in one page. */
  keys: (project: string) => http.get<Page<DsnKey>>(at(project, '/keys')),
  createKey: (project: string, body: NewKeyBody) => http.post<DsnKey>(at(project, '/keys'), body),
  changeKey: (project: string, key: string, body: KeyChange) => http.patch<DsnKey>(at(project, `/keys/${key}`), body),
  deleteKey: (project: string, key: string) => http.delete(at(project, `/keys/${key}`)),
  settings: (project: string) => http.get<Settings>(at(project, '/settings')),
  previewGrouping: (project: string, body: GroupingRules) =>
    http.post<GroupingPreview>(at(project, '/grouping/preview'), body),
  changeSettings: (project: string, body: SettingsChange) => http.patch<Settings>(at(project, '/settings'), body),
  previewScrub: (project: string, body: ScrubPreviewBody) =>
    http.post<ScrubPreview>(at(project, '/scrub/preview'), body),
  scrubRules: () => http.get<ScrubRules>('/scrub-rules'),
  storage: (project: string) => http.get<Storage>(at(project, '/storage')),
  artifacts: (project: string, cursor?: string) => http.get<ArtifactList>(at(project, '/artifacts'), { cursor }),
  deleteArtifact: (project: string, artifact: string) => http.delete(at(project, `/artifacts/${artifact}`)),
  onboarding: (project: string) => http.get<Onboarding>(at(project, '/onboarding')),
  outcomes: (project: string, query: Query) => http.get<Outcomes>(at(project, '/stats/outcomes'), query),
  releases: (project: string, cursor?: string) =>
    http.get<Page<Release>>(at(project, '/releases'), { cursor, limit: 100 }),
  environments: (project: string, cursor?: string) =>
    http.get<Page<Environment>>(at(project, '/environments'), { cursor, limit: 100 }),
  /** By the key in the project's DSN. */
  sendTest: (dsn: string) =>
    http.event<{ id: string }>(new URL(dsn).username, {
      message: 'Test event of the dashboard',
      level: 'info',
      environment: 'test',
      tags: { test: 'yes' }
    }),
  feedback: (project: string, query: Query) => http.get<Page<InboxItem>>(at(project, '/feedback'), query),
  changeFeedback: (project: string, id: string, state: InboxItem['state']) =>
    http.patch<InboxItem>(at(project, `/feedback/${id}`), { state })
}
