/**
 * A start with several workers: nodes that are processes of the operating system, share the port, and find each other
 * through the database. This process runs none of the pipeline. It owns the embedded PostgreSQL, prepares the tables,
 * starts the workers one by one, restarts those that end, and stops all of them at once, then the database.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { WorkerProcessMessage } from '../actors/cluster/messages.ts'
import { workerProcess, type WorkerChild } from '../actors/cluster/worker-process.ts'
import { names } from '../actors/names.ts'
import { databaseKeeper } from '../actors/storage/database-keeper.ts'
import {
  formatReason,
  processName,
  startMesh,
  startSupervisor,
  whenStarted,
  worker,
  type LocalMesh
} from '../mesh/index.ts'
import type { ListSpec, ProcessName } from '../mesh/types.ts'
import { chooseTransport } from '../edge/transport/choose.ts'
import type { Config } from '../schema/config.ts'
import type { Log } from '../schema/log.ts'
import { prepareSetup } from '../services/accounts/setup.ts'
import { openDatabase, type Database } from '../services/database/database.ts'
import { freeNames, waitForName } from '../services/cluster/node-names.ts'
import { connect } from '../services/database/sql.ts'
import { thisProcess } from '../services/machine/this-process.ts'
import { prepareTables, type RunningMesher, type StartHooks } from './mesher.ts'
import { stopInTime, within } from './stop-in-time.ts'

export type WorkerHooks = Pick<StartHooks, 'log' | 'onProgress'> & {
  /** Starts a node with this configuration in a process of its own. */
  fork: (config: Config, workers: readonly string[]) => WorkerChild
}

/** What a node needs to reply to what it accepted, and to end. One that takes longer is frozen, and is killed. */
const workerMs = 16_500
/** For the processes of this tree, once the workers are gone. */
const treeMs = 1_000

export async function startWorkers(given: Config, hooks: WorkerHooks): Promise<RunningMesher> {
  const { log, onProgress = text => log.info(text) } = hooks
  // Each worker chooses for itself; that they cannot share the port is known before there is a database.
  await chooseTransport(given.transport, true)
  const database = await openDatabase({ databaseUrl: given.databaseUrl, dataDir: given.data }, { onProgress })
  try {
    const prepared = await prepare(given, database, onProgress)
    // Not before: the operating system may give the port to another program until a worker listens.
    const port = given.port === 0 ? await freePort(given.host) : given.port
    const configs = workerConfigs({ ...given, port }, database.url)
    const mesh = startMesh({
      name: given.nodeName,
      onCrash: ({ label, reason }) =>
        log.error({ process: label, reason }, `a process crashed: ${formatReason(reason)}`)
    })
    const root = startSupervisor(mesh, tree(configs, database, hooks), { name: 'mesher' })
    const exited = mesh.exitOf(root)
    let stopping: Promise<void> | undefined
    await whenStarted(mesh, root).catch((error: unknown) => {
      mesh.stop()
      throw error
    })
    return {
      url: given.publicUrl ?? `http://localhost:${port}`,
      port,
      ...prepared,
      mesh,
      cluster: { node: () => null },
      exited,
      stop: () => {
        stopping ??= stopInTime(stop(), log)
        return stopping
      }
    }

    async function stop(): Promise<void> {
      await stopWorkers(mesh, configs, log)
      mesh.exit(root, 'shutdown')
      await within(treeMs, exited)
      mesh.stop()
      await database.stop()
    }
  } catch (error) {
    await database.stop()
    throw error
  }
}

async function prepare(config: Config, { kind, url }: Database, onProgress: (text: string) => void) {
  const sql = connect({ url, max: 2, applicationName: `mesher ${config.nodeName} start` })
  try {
    const project = await prepareTables(sql, onProgress)
    const names = workerNames(config)
    if (kind === 'embedded') await freeNames(sql, names)
    else await Promise.all(names.map(name => waitForName(sql, { name, process: thisProcess() }, { onProgress })))
    return { project, setupToken: await prepareSetup(sql, config.setupToken) }
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/**
 * Without a cookie in the settings the workers get one for this start, and listen for each other on this machine only.
 */
function workerConfigs(config: Config, databaseUrl: string): Config[] {
  const { cookie, meshHost, meshPort, meshAddress } = config
  const own = cookie === null ? { cookie: randomBytes(32).toString('hex'), meshHost: meshHost ?? '127.0.0.1' } : {}
  return workerNames(config).map((nodeName, index) => ({
    ...config,
    ...own,
    databaseUrl,
    workers: 1,
    nodeName,
    meshPort: meshPort === 0 ? 0 : meshPort + index,
    meshAddress: meshAddress === null ? null : meshAddress.replace(/\d+$/, digits => String(Number(digits) + index))
  }))
}

function workerNames({ nodeName, workers }: Config): string[] {
  return Array.from({ length: workers }, (_, index) => `${nodeName}-${index + 1}`)
}

function tree(configs: readonly Config[], database: Database, { log, fork }: WorkerHooks): ListSpec {
  const all = configs.map(({ nodeName }) => nodeName)
  return {
    id: 'mesher',
    strategy: 'one_for_one',
    maxRestarts: 10 * configs.length,
    withinMs: 60_000,
    children: [
      {
        id: 'database',
        name: names.databaseKeeper,
        start: () => worker(databaseKeeper({ ...database, pauseMs: 500, pauseMsMax: 10_000, log }))
      },
      ...configs.map(config => ({
        id: nameOf(config),
        name: nameOf(config),
        restart: 'transient' as const,
        shutdown: workerMs,
        start: () => worker(workerProcess({ name: config.nodeName, fork: () => fork(config, all), log }))
      }))
    ]
  }
}

function nameOf({ nodeName }: Config): ProcessName<WorkerProcessMessage> {
  return processName<WorkerProcessMessage>(`worker ${nodeName}`)
}

/** All at once, because one by one would take several times as long. */
async function stopWorkers(mesh: LocalMesh, configs: readonly Config[], log: Log): Promise<void> {
  const workers = configs.flatMap(config => {
    const pid = mesh.whereis(nameOf(config))
    return pid === undefined ? [] : [{ name: config.nodeName, pid, ended: mesh.exitOf(pid) }]
  })
  for (const { pid } of workers) mesh.cast(pid, { type: 'stop' })
  await Promise.all(
    workers.map(async ({ name, pid, ended }) => {
      if (await within(workerMs, ended)) return
      log.error(`the worker ${name} does not stop: it is killed. Nothing acknowledged is lost`)
      mesh.cast(pid, { type: 'kill' })
      await ended
    })
  )
}

async function freePort(host: string): Promise<number> {
  const server = createServer().listen({ port: 0, host })
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
