/**
 * A process that owns an embedded PostgreSQL, for tests that kill it. It prints one line of JSON, the server or the
 * code of the error, and then waits. It ignores SIGINT, as Mesher does while it finishes what it accepted.
 */
import { startEmbedded } from '../../services/database/postgres/embedded.ts'
import { isStartError } from '../../services/database/start-error.ts'

const [dataDir = ''] = process.argv.slice(2)

process.on('SIGINT', () => {})
try {
  const server = await startEmbedded({ dataDir })
  console.log(JSON.stringify({ url: server.url, pid: server.pid(), isAdopted: server.isAdopted() }))
} catch (error) {
  console.log(JSON.stringify({ code: isStartError(error) ? error.code : String(error) }))
}
