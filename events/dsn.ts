/** The DSN of a key: what SDKs are given to know where to send, and as whom. */

/** `https://host/base` and a key make `https://key@host/base/42`. */
export function dsnOf(url: string, publicKey: string, projectId: number): string {
  return `${url.replace('://', `://${publicKey}@`).replace(/\/+$/, '')}/${projectId}`
}
