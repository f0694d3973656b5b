/**
 * Loads what a node is made of, one layer after the other. The loader of Node.js opens all files of a graph of modules
 * at once: with few descriptors (`ulimit -n 256`) importing the whole in one go fails.
 */
import type { startMesher } from './mesher.ts'

export async function loadMesher(): Promise<{ startMesher: typeof startMesher }> {
  await import('../services/database/sql.ts')
  await import('../events/prepare.ts')
  await import('../api/operation.ts')
  await import('../api/index.ts')
  return await import('./mesher.ts')
}
