/**
 * Which transport this server gets: uWebSockets.js where it can be loaded, otherwise `node:http`. What was asked for
 * and cannot be had is an error that says why.
 */
import { startError } from '../../services/database/start-error.ts'
import type { TransportName } from '../../schema/transports.ts'
import type { Transport } from './types.ts'

/** `why` completes the sentence "the edge runs on …:". */
export type Chosen = { transport: Transport; why: string }

const hint =
  'Leave out --transport (MESHER_TRANSPORT), or set it to "node", which runs everywhere. After a change of the ' +
  'version of Node.js run "npm ci" again.'

/**
 * Null for whichever is best here. `sharesPort`: several processes are to share a port. Rejects with a StartError.
 */
export async function chooseTransport(wanted: TransportName | null, sharesPort = false): Promise<Chosen> {
  const chosen = await chooseAny(wanted)
  if (sharesPort && chosen.transport.name === 'node' && !sharesPorts()) {
    throw startError(
      'transport_unavailable',
      `Several workers need a server that shares its port, which node:http does from Node.js 22.12 on, and this is ` +
        `${process.versions.node} (${chosen.why}).`,
      'Install Node.js 22.12 or later, leave out --workers (MESHER_WORKERS), or start nodes with ports of their own.'
    )
  }
  return chosen
}

/** `reusePort` of Node.js, which ignores it before, so that the second process would find the port taken. */
function sharesPorts(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major === 23 ? minor >= 1 : major > 22 || (major === 22 && minor >= 12)
}

async function chooseAny(wanted: TransportName | null): Promise<Chosen> {
  if (wanted === 'node') return { transport: await nodeTransport(), why: 'as the settings say' }
  const uws = await uwsTransport()
  if (uws instanceof Error) {
    if (wanted === 'uws') {
      throw startError('transport_unavailable', `uWebSockets.js ${missing(uws)}`, hint)
    }
    return { transport: await nodeTransport(), why: `uWebSockets.js ${missing(uws)}` }
  }
  return { transport: uws, why: wanted === 'uws' ? 'as the settings say' : 'its binary fits this machine' }
}

async function nodeTransport(): Promise<Transport> {
  return (await import('./node.ts')).transport
}

async function uwsTransport(): Promise<Transport | Error> {
  try {
    return (await import('./uws.ts')).transport
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** What its loader reports has several lines of general advice before the cause. */
function missing(error: Error): string {
  const cause =
    error.message
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^Error: /, '') ?? ''
  const { platform, arch, versions } = process
  return `has no binary here for Node.js ${versions.node} (ABI ${versions.modules}) on ${platform} ${arch}: ${cause}`
}
