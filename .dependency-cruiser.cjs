/**
 * Who may import whom: bin → supervisors → edge, actors, api → services → events → schema, with mesh and schema open to
 * all. `type` lets type-only imports through where the layers talk in messages.
 */
const layer = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^(bin|supervisors|api|edge|actors|services|events|schema|mesh|bench|tests|web)/', pathNot: allowed }
})
const typesToo = ({ to, ...rule }) => ({ ...rule, to: { ...to, dependencyTypesNot: ['type-only'] } })

const only = (library, folder) => ({
  name: `only-${folder.replaceAll(/[^a-z]+/g, '-').replaceAll(/^-|-$/g, '')}-imports-${library}`,
  severity: 'error',
  from: { path: '^(bin|supervisors|api|edge|actors|services|events|schema|mesh)/', pathNot: folder },
  to: { path: `node_modules/${library}/` }
})

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'type imports included: what two files share stands in a third',
      severity: 'error',
      from: {},
      to: { circular: true }
    },
    {
      name: 'subjects-of-services-without-circles',
      comment: 'for instance issues → events → search → database, and none of them back; type imports included',
      severity: 'error',
      scope: 'folder',
      from: { path: '^services/' },
      to: { circular: true }
    },
    {
      name: 'subjects-of-actors-without-circles',
      comment: 'cluster → ingestion → storage → streaming, and none of them back; type imports included',
      severity: 'error',
      scope: 'folder',
      from: { path: '^actors/' },
      to: { circular: true }
    },
    {
      name: 'names-know-messages-only',
      severity: 'error',
      from: { path: '^actors/names\\.ts$' },
      to: { path: '^(actors|edge|api|services|supervisors)/', pathNot: 'messages\\.ts$' }
    },
    typesToo(layer('schema-imports-nothing', '^schema/', '^schema/', 'schema knows no other layer')),
    layer('mesh-stands-alone', '^mesh/', '^mesh/', 'the process runtime knows nothing of Mesher'),
    {
      name: 'mesh-through-index',
      comment: 'only the tests of mesh know what is behind index.ts and types.ts',
      severity: 'error',
      from: { pathNot: '^(tests/)?mesh/' },
      to: { path: '^mesh/', pathNot: '^mesh/(index|types)\\.ts$' }
    },
    ...[
      ['^mesh/types\\.ts$', '^mesh/'],
      ['^mesh/process/', '^mesh/(?!process/|types\\.ts$)'],
      ['^mesh/supervisor/', '^mesh/(?!process/|supervisor/|types\\.ts$)'],
      ['^mesh/node/', '^mesh/index\\.ts$']
    ].map(([from, to]) => ({
      name: 'mesh-types-process-supervisor-node',
      comment: 'types ← process ← supervisor ← node, type imports included',
      severity: 'error',
      from: { path: from },
      to: { path: to }
    })),
    typesToo(layer('events-are-pure', '^events/', '^(events|schema)/')),
    layer('services', '^services/', '^(services|events|schema|mesh)/', 'services know neither actors nor edge'),
    typesToo(layer('actors', '^actors/', '^(actors|events|schema|mesh)/', 'actors get SQL as functions')),
    layer('api', '^api/', '^(api|services|events|schema|mesh)/', 'operations know neither actors nor edge'),
    typesToo(layer('edge', '^edge/', '^(edge|services|events|schema|mesh)/', 'edge and actors meet in message types')),
    layer('supervisors', '^supervisors/', '^(supervisors|edge|api|actors|services|events|schema|mesh)/'),
    typesToo({
      name: 'web-knows-types-alone',
      comment: 'of the server the dashboard takes types of schema/ and the lists that are data: no import in them',
      severity: 'error',
      from: { path: '^web/src/' },
      to: {
        path: '^(bin|supervisors|api|edge|actors|services|events|schema|mesh|bench|tests)/',
        pathNot: '^schema/(search-keys|facets|channels|priority)\\.ts$'
      }
    }),
    {
      name: 'search-keys-are-data',
      severity: 'error',
      from: { path: '^schema/(search-keys|facets|channels|priority)\\.ts$' },
      to: { path: '.' }
    },
    {
      name: 'web-takes-schema-only',
      severity: 'error',
      from: { path: '^web/src/' },
      to: { path: '^(bin|supervisors|api|edge|actors|services|events|mesh|bench|tests)/' }
    },
    {
      name: 'no-feature-imports-a-feature',
      severity: 'error',
      from: { path: '^web/src/features/([^/]+)/' },
      to: { path: '^web/src/(?:features|app)/', pathNot: '^web/src/features/$1/' }
    },
    {
      name: 'issues-list-and-page-meet-in-changes',
      severity: 'error',
      from: { path: '^web/src/features/issues/([^/]+)/' },
      to: { path: '^web/src/features/issues/(?:list|detail)/', pathNot: '^web/src/features/issues/$1/' }
    },
    {
      name: 'ui-shows-and-asks-nobody',
      comment: 'components of ui/ get props and emit events: no requests, no routes',
      severity: 'error',
      from: { path: '^web/src/(?:ui|lib|live|api|charts)/' },
      to: { path: '^web/src/(?:features|app)/' }
    },
    only('nact', '^mesh/'),
    only('pg', '^services/')
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' }
  }
}
