/**
 * A node for the fault tests: the real tree, started as `mesher start` starts it, with a few things added. The parent
 * may ask over IPC that a process crashes, or which global names are known; an event whose message says so makes its
 * own processing throw; with TEST_FAST_LINKS links between nodes are given up soon.
 */
import { formatReason, pidKey, processName } from '../../../mesh/index.ts'
import { loadConfig } from '../../../schema/config.ts'
import { createLog } from '../../../services/machine/log.ts'
import { loadMesher } from '../../../supervisors/load.ts'
import type { TreeDeps } from '../../../supervisors/deps.ts'
import type { FromNode, ToNode } from './messages.ts'

const loaded = loadConfig({}, process.env)
if (!loaded.ok) throw new Error(loaded.errors.map(({ message }) => message).join(' '))
const { config } = loaded

const { startMesher } = await loadMesher()
const running = await startMesher(config, {
  log: createLog({ level: config.logLevel, pretty: null }),
  version: 'test',
  override: poisonable
})
tell({ type: 'ready', url: running.url })

process.on('message', (message: ToNode) => {
  if (message.type === 'registry') return tell({ type: 'registry', names: registry() })
  const pid = running.mesh.whereis(processName<never>(message.name))
  if (pid !== undefined) running.mesh.exit(pid, { error: { name: 'Error', message: 'crashed by the test' } })
  tell({ type: 'crashed', name: message.name, wasThere: pid !== undefined })
})
let stopping = false
process.on('SIGTERM', () => {
  stopping = true
  running.stop().then(
    () => process.exit(0),
    () => process.exit(1)
  )
})
running.exited.then(reason => {
  if (stopping) return
  tell({ type: 'gave_up', reason: formatReason(reason) })
  process.exit(70)
})

function registry(): string[] {
  return (
    running.cluster
      .node()
      ?.names.list()
      .map(({ name, owner }) => `${name} ${pidKey(owner)}`) ?? []
  )
}

function tell(message: FromNode): void {
  process.send?.(message)
}

function poisonable(deps: TreeDeps): TreeDeps {
  return {
    ...deps,
    ...(process.env.TEST_FAST_LINKS !== undefined && {
      meshTiming: { heartbeatMs: 500, downAfterMs: 2_500, redialMsMax: 500 },
      loadTickMs: 500
    }),
    prepare: (value, context) => {
      if (JSON.stringify(value).includes('"poison"')) throw new Error('poisoned by the test')
      return deps.prepare(value, context)
    }
  }
}
