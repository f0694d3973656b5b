/** Who one is: setup, sessions, tokens, invitations. */
import { http } from './client.ts'
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
  /** Null for nobody. Browsers report a refusal as an error, and to be nobody is none. */
  who: async (): Promise<Me | null> => {
    const { user, ...others } = await http.anonymous<Who>('GET', '/auth/who')
    return user === null ? null : { user, ...others }
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
