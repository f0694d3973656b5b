/** Searches on the command line: what is wrong with one is told like any other wrong argument. */
import { SearchError } from '../../events/search/reader.ts'
import { exitCodes } from './exit-codes.ts'
import { CommandFailed } from './failure.ts'

export async function withSearchFailures<Found>(search: () => Promise<Found>): Promise<Found> {
  try {
    return await search()
  } catch (error) {
    if (!(error instanceof SearchError)) throw error
    throw new CommandFailed(`--query: ${error.message}`, { exitCode: exitCodes.usage })
  }
}
