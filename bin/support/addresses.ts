/** Where a server of these settings is reached, and how its DSNs look. */
import type { Config } from '../../schema/config.ts'

/** The public URL of the server; without one, its address on this machine. */
export function serverUrlOf(config: Pick<Config, 'publicUrl' | 'host' | 'port'>): string {
  return config.publicUrl ?? localUrlOf(config)
}

/** Listening on every address includes this machine's own. */
export function localUrlOf({ host, port }: Pick<Config, 'host' | 'port'>): string {
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
