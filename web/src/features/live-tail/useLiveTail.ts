/**
 * The project's stream as a list: events are folded together and shown at most once a frame, and they wait while the
 * list is paused, scrolled away from its top, or pointed at. It begins with the newest events that there were. Which
 * events come is for the server to choose.
 */
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { events } from '../../api/events.ts'
import type { EventItem, Level, StreamEvent, StreamFilters } from '../../api/types.ts'
import { useEnvironments } from '../../lib/range.ts'
import { showError } from '../../lib/toasts.ts'
import { useUrlState } from '../../lib/urlState.ts'
import { useProject } from '../../lib/workspace.ts'
import { useResync, useStream, useStreamFilters } from '../../live/connection.ts'
import { frameBatcher } from '../../live/frameBatcher.ts'
import { tail } from './tail.ts'
import { texts } from './texts.ts'

export const capacity = 10_000
const olderMax = 50
const rateMs = 1_000
/** A pointer that rests this long is not aiming at a row any more. */
const aimMs = 1_500

const levels: readonly Level[] = ['fatal', 'error', 'warning', 'info', 'debug']

export function useTailFilters() {
  const state = useUrlState()
  const { chosen: environments } = useEnvironments()
  const level = computed(() => levels.filter(one => state.many('level').includes(one)))
  const release = computed(() => state.one('release'))
  const filters = computed<StreamFilters>(() => ({
    ...(level.value.length === 0 ? {} : { level: level.value }),
    ...(environments.value.length === 0 ? {} : { environment: environments.value }),
    ...(release.value === '' ? {} : { release: release.value })
  }))
  return {
    level,
    release,
    filters,
    areSet: computed(() => Object.keys(filters.value).length > 0),
    set: (change: { level?: string[]; release?: string[] }) => state.set(change),
    clear: () => state.set({ level: null, release: null, env: null })
  }
}

export function useLiveTail(filters: Readonly<Ref<StreamFilters>>) {
  const project = useProject()
  const list = tail(capacity)
  const shown = shallowRef({ list })
  const [isPaused, isScrolled, isAiming] = [ref(false), ref(false), ref(false)]
  const [rate, dropped, wasAway, isFilling] = [ref(0), ref(0), ref(false), ref(true)]
  let [received, isTold] = [0, false]
  const show = (): void => {
    shown.value = { list }
  }

  const batcher = frameBatcher<StreamEvent>(
    batch => {
      list.add(batch)
      show()
    },
    { cap: capacity }
  )
  const timer = setInterval(() => {
    rate.value = Math.round((received * 1_000) / rateMs)
    received = 0
  }, rateMs)
  onScopeDispose(() => {
    clearInterval(timer)
    batcher.stop()
  })

  const isHeld = computed(() => isPaused.value || isScrolled.value || isAiming.value)
  watch(
    isHeld,
    held => {
      list.hold(held)
      show()
    },
    { flush: 'sync' }
  )

  useStream(message => {
    if (message.type === 'subscribed' && 'project' in message && message.project === project.value.id && !isTold) {
      // What was stored after the list was asked for and before the server began to tell.
      isTold = true
      void ask(list.addMissed)
    }
    if (message.type === 'dropped') dropped.value += message.count
    if (message.type !== 'events' || message.project !== project.value.id) return
    received += message.events.length
    batcher.push(message.events)
  })
  useResync(isGap => {
    if (isGap) wasAway.value = true
  })

  const asText = computed(() => JSON.stringify(filters.value))
  const follow = useStreamFilters(project.value.id, filters.value)
  watch(asText, () => {
    clear()
    isTold = false
    follow(filters.value)
    void fill()
  })

  async function fill(): Promise<void> {
    isFilling.value = true
    if (await ask(list.addOlder)) isFilling.value = false
  }

  /** Whether the answer is still one to what is shown. */
  async function ask(add: (newestFirst: readonly StreamEvent[]) => void): Promise<boolean> {
    const asked = asText.value
    try {
      const { data } = await events.list(project.value.id, { ...filters.value, limit: olderMax })
      if (asked !== asText.value) return false
      add(data.map(streamed))
    } catch (error) {
      showError(error, texts.olderFailed)
    }
    show()
    return true
  }

  function clear(): void {
    list.clear()
    isScrolled.value = false
    wasAway.value = false
    dropped.value = 0
    show()
  }

  void fill()
  return { shown, isPaused, isScrolled, isHeld, isFilling, rate, dropped, wasAway, clear, aim: useAim(isAiming) }
}

/** As the stream would have told it. */
function streamed({
  id,
  issue_id: issue,
  title,
  culprit,
  level,
  environment,
  release,
  received_at: at
}: EventItem): StreamEvent {
  return {
    id,
    issue_id: issue,
    title,
    culprit,
    level: levels.find(one => one === level) ?? 'error',
    environment,
    release,
    received_at: at
  }
}

function useAim(isAiming: Ref<boolean>): (over: boolean) => void {
  let resting: ReturnType<typeof setTimeout> | undefined
  const stop = (): void => {
    isAiming.value = false
  }
  onScopeDispose(() => clearTimeout(resting))
  return over => {
    clearTimeout(resting)
    isAiming.value = over
    if (over) resting = setTimeout(stop, aimMs)
  }
}
