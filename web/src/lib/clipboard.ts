/** Copying, also where the page came over plain HTTP and the browser keeps its clipboard from it. */
export async function copyText(text: string): Promise<void> {
  // Not there outside of secure contexts, whatever its type says.
  const clipboard: Clipboard | undefined = navigator.clipboard
  if (clipboard !== undefined) return await clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  area.setAttribute('aria-hidden', 'true')
  area.style.position = 'fixed'
  area.style.opacity = '0'
  document.body.append(area)
  area.select()
  const copied = document.execCommand('copy')
  area.remove()
  if (!copied) throw new Error('The browser does not allow it.')
}
