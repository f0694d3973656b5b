/** Who one is: setup, sessions, tokens, invitations. */
import { http } from './client.ts'
import type { AcceptBody, AccountChange, LoginBody, Me, NewToken, NewTokenBody, OpenInvite, Page, Session, SetupBody, Token, User } from './types.ts'

export const account = {
  setUp: (body: SetupBody) => http.anonymous<Me>('POST', '/setup', body),
  logIn: (body: LoginBody) => http.anonymous<{ user: User }>('POST', '/auth/login', body),
  logOut: () => http.anonymous<void>('POST', '/auth/logout'),
  /** Thrown as a 401 when nobody is logged in. */
  me: () => http.anonymous<Me>('GET', '/auth/me'),
  change: (body: AccountChange) => http.patch<Me>('/auth/me', body),
  sessions: () => http.get<Page<Session>>('/sessions'),
  endSession: (id: string) => http.delete(`/sessions/${id}`),
  tokens: () => http.get<Page<Token>>('/tokens'),
  createToken: (body: NewTokenBody) => http.post<NewToken>('/tokens', body),
  revokeToken: (id: string) => http.delete(`/tokens/${id}`),
  openInvite: (token: string) => http.anonymous<OpenInvite>('GET', `/invites/${encodeURIComponent(token)}`),
  /** With a session: `{}`. */
  acceptInvite: (token: string, body: AcceptBody) => http.anonymous<Me>('POST', `/invites/${encodeURIComponent(token)}/accept`, body)
}
