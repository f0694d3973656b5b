/** Who one is: setup, sessions, tokens, invitations. */
import { http, queryString } from './client.ts'
import type {
  AcceptBody,
  AccountChange,
  ConfirmBody,
  Deletion,
  LoginBody,
  Me,
  NewToken,
  NewTokenBody,
  OpenInvite,
  Page,
  Project,
  Session,
  SetupBody,
  SetupState,
  Token,
  User,
  Who
} from './types.ts'

export const account = {
  setupState: () => http.anonymous<SetupState>('GET', '/setup'),
  setUp: (body: SetupBody) => http.anonymous<Me>('POST', '/setup', body),
  logIn: (body: LoginBody) => http.anonymous<{ user: User }>('POST', '/auth/login', body),
  logOut: () => http.anonymous<void>('POST', '/auth/logout'),
  /**
   * Null for nobody. Browsers report a refusal as an error, and to be nobody is none. The projects of the organization
   * that is named, or else of the first, come along.
   */
  who: async (org?: string): Promise<{ me: Me | null; projects: Project[] | null }> => {
    const { user, projects, ...others } = await http.anonymous<Who>('GET', `/auth/who${queryString({ org })}`)
    return { me: user === null ? null : { user, ...others }, projects }
  },
  confirm: (body: ConfirmBody) => http.post('/auth/confirm', body),
  change: (body: AccountChange) => http.patch<Me>('/auth/me', body),
  delete: () => http.delete('/auth/me'),
  sessions: () => http.get<Page<Session>>('/sessions', { limit: 100 }),
  endSession: (id: string) => http.delete(`/sessions/${id}`),
  tokens: () => http.get<Page<Token>>('/tokens', { limit: 100 }),
  createToken: (body: NewTokenBody) => http.post<NewToken>('/tokens', body),
  revokeToken: (id: string) => http.delete(`/tokens/${id}`),
  /** What one has deleted, organizations that are gone included. */
  deletions: () => http.get<Page<Deletion>>('/deletions'),
  openInvite: (token: string) => http.anonymous<OpenInvite>('GET', `/invites/${encodeURIComponent(token)}`),
  /** With a session: `{}`. */
  acceptInvite: (token: string, body: AcceptBody) =>
    http.anonymous<Me>('POST', `/invites/${encodeURIComponent(token)}/accept`, body)
}
