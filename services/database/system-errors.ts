/** What an error tells that the system or a library has thrown. */

/** `code` as Node.js gives it: ENOENT, EACCES … */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
