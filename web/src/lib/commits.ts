/** How commits are shown in a line. */

/** The first line of a message is its subject. */
export function subjectOf(message: string): string {
  return message.split('\n', 1)[0] ?? ''
}

export function shortSha(sha: string): string {
  return /^[0-9a-f]{12,}$/i.test(sha) ? sha.slice(0, 8) : sha
}
