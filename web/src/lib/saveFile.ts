/** Has the browser save what the page has made. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  // The download has its own hold on it once it has begun; browsers begin it after this turn.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
