/**
 * How tests start programs: as they run themselves, from the sources or, in a run of all tests, compiled.
 */
import path from 'node:path'

// What tests and the programs that they start read from tables and send to clients is held against its schema.
process.env.CHECK_SCHEMAS = '1'

export const extension = path.extname(import.meta.url)

/** Arguments for Node. Never the ones that this process has: the test runner's are among them. */
export const execArgv = extension === '.ts' ? ['--import=tsx'] : []
