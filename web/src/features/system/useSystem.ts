/** What runs: the tree as the stream tells it, the nodes, and rates of the pipeline from readings every two seconds. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { keys } from '../../api/keys.ts'
import { system } from '../../api/system.ts'
import type { PipelineFigures, ProcessNode } from '../../api/types.ts'
import { showError, showToast } from '../../lib/toasts.ts'
import { live, useStream } from '../../live/connection.ts'
import { ratesBetween, type Rates } from './rates.ts'
import { texts } from './texts.ts'

const pollMs = 2_000
const nodesPollMs = 5_000
const historyMax = 60

export function useProcesses() {
  const client = useQueryClient()
  live.followSystem(true)
  onScopeDispose(() => live.followSystem(false))
  useStream(message => {
    if (message.type === 'system') client.setQueryData<ProcessNode[]>(keys.processes, message.processes)
  })
  return useQuery({ queryKey: keys.processes, queryFn: async () => (await system.processes()).data })
}

/** Restarts a process by hand, once that was asked. The stream shows what came of it. */
export function useRestart() {
  const asking = ref<ProcessNode | null>(null)
  const restart = useMutation({
    mutationFn: system.restart,
    onSuccess: ({ name }) => showToast({ tone: 'ok', text: texts.restart.done(name) }),
    onError: error => showError(error, texts.restart.failed),
    onSettled: () => {
      asking.value = null
    }
  })
  return { asking, restart }
}

export function useNodes() {
  return useQuery({
    queryKey: keys.nodes,
    queryFn: async () => (await system.nodes()).data,
    refetchInterval: nodesPollMs
  })
}

export function usePipeline() {
  const query = useQuery({ queryKey: keys.pipeline, queryFn: system.pipeline, refetchInterval: pollMs, gcTime: 0 })
  const rates = shallowRef<Rates | null>(null)
  /** Events committed a second, oldest first. */
  const history = shallowRef<readonly number[]>([])
  let before: PipelineFigures | undefined
  watch(
    query.data,
    after => {
      if (after === undefined) return
      if (before !== undefined) {
        rates.value = ratesBetween(before, after)
        if (rates.value !== null) history.value = [...history.value, rates.value.committed].slice(-historyMax)
      }
      before = after
    },
    { immediate: true }
  )
  return { ...query, rates, history }
}
