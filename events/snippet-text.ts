/** What all snippets are made of. */
export type Address = { url: string; publicKey: string; dsn: string }

export function lines(...text: string[]): string {
  return text.join('\n')
}
