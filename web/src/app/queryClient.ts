/**
 * The query cache's defaults. While the stream is live it keeps what is shown up to date; while it is not, what is
 * shown is fetched again every half minute. A request that the server refused is not repeated, only one without a
 * response.
 */
import { QueryClient } from '@tanstack/vue-query'
import { ApiError } from '../api/client.ts'
import { live } from '../live/connection.ts'

const pollMs = 30_000
const retriesMax = 2

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 5 * 60_000,
      refetchInterval: () => (live.state.value === 'live' ? false : pollMs),
      retry: (failures, error) =>
        failures < retriesMax && error instanceof ApiError && (error.status === 0 || error.status === 503),
      retryDelay: (failures, error) =>
        error instanceof ApiError && error.retryAfterS !== null ? error.retryAfterS * 1_000 : 500 * 2 ** failures
    }
  }
})
