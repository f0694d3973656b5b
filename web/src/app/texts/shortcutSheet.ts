/** What the sheet of the shortcuts says. */
export const texts = {
  singleKeys: 'Shortcuts of single keys'
}
