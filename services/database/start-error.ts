/**
 * Why Mesher cannot start or use its database, for the person who starts it: what is wrong (`message`), what to do
 * (`hint`), and a `code` that tests and scripts can rely on. It is an Error, so it may be thrown and have a cause.
 */
export type StartErrorCode =
  | 'binaries_missing'
  | 'binaries_unusable'
  | 'platform_unsupported'
  | 'no_unprivileged_user'
  | 'permission_denied'
  | 'disk_full'
  | 'data_in_use'
  | 'data_foreign'
  | 'data_missing'
  | 'data_other_version'
  | 'data_other_owner'
  | 'socket_path'
  | 'server_failed'
  | 'server_busy'
  | 'cancelled'
  | 'mesh_tls'
  | 'transport_unavailable'
  | 'name_taken'
  | 'database_unreachable'
  | 'database_too_old'
  | 'database_encoding'
  | 'database_privileges'
  | 'database_refused'

export type StartError = Error & { readonly code: StartErrorCode; readonly hint: string; readonly isStartError: true }

export function startError(code: StartErrorCode, message: string, hint: string, cause?: unknown): StartError {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause })
  error.name = 'StartError'
  return Object.assign(error, { code, hint, isStartError: true as const })
}

export function isStartError(error: unknown): error is StartError {
  return error instanceof Error && 'isStartError' in error
}
