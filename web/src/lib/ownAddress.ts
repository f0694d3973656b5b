/** The address of this server as the page knows it, without a slash at the end: its <base>, which may be a path. */
export function ownAddress(): string {
  return document.baseURI.replace(/\/$/, '')
}
