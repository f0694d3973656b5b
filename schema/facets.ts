/**
 * Facets are what Mesher derives of every event and lets people search and count like tags; a tag of the same name that
 * the client sent is in the place of the facet. In the order in which pages show them. The dashboard bundles this file,
 * so it imports nothing.
 */
export const facets = [
  { name: 'error.type', help: 'Type of the error' },
  { name: 'handled', help: 'Whether the program caught it: yes or no' },
  { name: 'mechanism', help: 'What caught the error' },
  { name: 'transaction', help: 'What was being done' },
  { name: 'url', help: 'Address of the request, without its query' },
  { name: 'http.method', help: 'Method of the request' },
  { name: 'browser', help: 'Browser with its version' },
  { name: 'browser.name', help: 'Browser' },
  { name: 'os', help: 'Operating system with its version' },
  { name: 'os.name', help: 'Operating system' },
  { name: 'device', help: 'Model of the device' },
  { name: 'runtime', help: 'Runtime with its version' },
  { name: 'server_name', help: 'Host that sent it' },
  { name: 'logger', help: 'Logger that wrote it' },
  { name: 'sdk.name', help: 'SDK that sent it' }
] as const

export type FacetName = (typeof facets)[number]['name']

const ranks: ReadonlyMap<string, number> = new Map(facets.map(({ name }, index) => [name, index]))

/** The position in the order of pages; undefined for the name of any other tag. */
export function facetRank(name: string): number | undefined {
  return ranks.get(name)
}
