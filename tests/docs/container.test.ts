// Goal: the image, compose.yaml and the manifests name only what there is: files, settings, ports, paths, users, and
// each other's parts. Method: they are parsed and compared with the table of settings, the routes and the files.
import fs from 'node:fs'
import path from 'node:path'
import t from 'tap'
import * as v from 'valibot'
import { parse, parseAllDocuments } from 'yaml'
import { settingsTable } from '../../schema/config.ts'
import { projectFiles } from './files.ts'

const dockerfile = fs.readFileSync('Dockerfile', 'utf8')
const compose = parse(fs.readFileSync('compose.yaml', 'utf8'), { merge: true })
const manifests = projectFiles().filter(file => /^deploy\/kubernetes\/.*\.yaml$/.test(file))
const documents = manifests.flatMap(file =>
  parseAllDocuments(fs.readFileSync(file, 'utf8')).map(document => ({ file, value: document.toJS() }))
)
const variables = new Set(
  Object.values(settingsTable).flatMap(({ env, secret }) => (secret ? [env, `${env}_FILE`] : [env]))
)
const { version } = v.parse(v.object({ version: v.string() }), JSON.parse(fs.readFileSync('package.json', 'utf8')))

const environment = v.array(v.object({ name: v.string(), value: v.optional(v.string()) }))
const port = v.object({ name: v.string(), containerPort: v.number() })
const probe = v.object({ httpGet: v.object({ path: v.picklist(['/healthz', '/readyz']), port: v.literal('http') }) })
const statefulSet = v.object({
  kind: v.literal('StatefulSet'),
  spec: v.object({
    replicas: v.number(),
    template: v.object({
      spec: v.object({
        containers: v.tuple([
          v.object({
            env: environment,
            ports: v.array(port),
            startupProbe: v.optional(probe),
            livenessProbe: v.optional(probe),
            readinessProbe: v.optional(probe),
            volumeMounts: v.optional(v.array(v.object({ name: v.string(), mountPath: v.string() })))
          })
        ])
      })
    })
  })
})
const service = v.object({
  environment: v.record(v.string(), v.string()),
  volumes: v.array(v.string()),
  ports: v.array(v.string())
})
const composeSchema = v.object({
  services: v.object({ mesher: service, 'node-1': service, 'node-2': service }),
  volumes: v.record(v.string(), v.null())
})

t.test('the image is made of files that there are', async t => {
  const ignored = fs.readFileSync('.dockerignore', 'utf8').split('\n')
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = '']) => names.split(' '))
  t.ok(copied.length > 3)
  for (const name of copied) {
    t.ok(fs.existsSync(name), name)
    t.notOk(ignored.includes(name), `${name} is part of what is sent to the build`)
  }
  t.match(dockerfile, /^STOPSIGNAL SIGTERM$/m)
  t.match(dockerfile, /^HEALTHCHECK .*CMD/m)
  t.match(dockerfile, /^USER 10001:0$/m)
  t.same(
    [...dockerfile.matchAll(/^VOLUME (.+)$/gm)].map(([, place]) => place),
    ['/data']
  )
  t.match(dockerfile, /MESHER_DATA=\/data$/m)
  t.match(dockerfile, new RegExp(`^EXPOSE ${settingsTable.port.default}$`, 'm'))
})

t.test('every variable is a setting', async t => {
  const named = [
    dockerfile,
    ...['compose.yaml', 'docs/container.md', ...manifests].map(file => fs.readFileSync(file, 'utf8'))
  ]
    .flatMap(text => text.match(/\b(?:MESHER_[A-Z_]+[A-Z]|DATABASE_URL)\b/g) ?? [])
    // What compose.yaml takes from its own environment.
    .filter(name => name !== 'MESHER_PUBLISH')
  t.ok(named.length > 20)
  t.same(
    [...new Set(named)].filter(name => !variables.has(name)),
    []
  )
})

t.test('compose.yaml', async t => {
  const { services, volumes } = v.parse(composeSchema, compose)
  for (const [name, { environment: set, ports, volumes: mounted }] of Object.entries(services)) {
    t.same(
      Object.keys(set).filter(variable => !variables.has(variable)),
      [],
      name
    )
    t.match(ports, [new RegExp(`:${settingsTable.port.default}$`)])
    t.same(mounted, [`${name}:/data`])
    t.ok(name in volumes)
  }
})

t.test('the manifests', async t => {
  t.ok(documents.length > 8)
  const sets = documents.flatMap(({ value }) => (v.is(statefulSet, value) ? [v.parse(statefulSet, value)] : []))
  const [one, two] = sets
    .sort((a, b) => a.spec.replicas - b.spec.replicas)
    .map(({ spec }) => spec.template.spec.containers[0])
  t.match(one, { ports: [{ name: 'http', containerPort: Number(settingsTable.port.default) }] })
  t.match(
    one?.volumeMounts?.find(({ name }) => name === 'data'),
    { mountPath: '/data' }
  )
  t.match(
    [one?.startupProbe, one?.livenessProbe, one?.readinessProbe].map(probe => probe?.httpGet.path),
    ['/healthz', '/healthz', '/readyz']
  )
  const meshPort = two?.env.find(({ name }) => name === 'MESHER_MESH_PORT')?.value
  t.match(two, { ports: [{ name: 'mesh', containerPort: Number(meshPort) }] })
  for (const { value = '' } of two?.env ?? []) {
    const [, name] = /\$\((\w+)\)/.exec(value) ?? []
    const at = (wanted: string | undefined): number => two?.env.findIndex(entry => entry.name === wanted) ?? -1
    if (name !== undefined) {
      t.ok(at(name) >= 0 && at(name) < at('MESHER_MESH_ADDRESS'), `${name} stands before ${value}`)
    }
  }
})

t.test('kustomizations name files that there are, and the image of this version', async t => {
  const schema = v.object({
    resources: v.array(v.string()),
    patches: v.optional(v.array(v.object({ path: v.optional(v.string()) })), []),
    images: v.optional(v.array(v.object({ newTag: v.string() })), [])
  })
  const found = documents.filter(({ file }) => path.basename(file) === 'kustomization.yaml')
  t.equal(found.length, 3)
  for (const { file, value } of found) {
    const { resources, patches, images } = v.parse(schema, value)
    for (const name of [...resources, ...patches.flatMap(patch => patch.path ?? [])]) {
      t.ok(fs.existsSync(path.join(path.dirname(file), name)), `${file}: ${name}`)
    }
    for (const { newTag } of images) t.equal(newTag, version)
  }
})
