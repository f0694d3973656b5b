// @vitest-environment happy-dom
// Goal: a hidden page stops listening, though not at once, and wakes when it is looked at.
// Method: the document's visibility and the clock are the test's.
import { afterEach, expect, it, vi } from 'vitest'
import { hiddenMs, restWhenHidden } from './restWhenHidden.ts'

afterEach(() => {
  vi.useRealTimers()
})

it('rests after five hidden minutes, and wakes when it is seen', () => {
  vi.useFakeTimers()
  const seen = vi.spyOn(document, 'visibilityState', 'get')
  const connection = { rest: vi.fn(), wake: vi.fn() }
  const stop = restWhenHidden(connection)
  const turn = (state: 'hidden' | 'visible'): void => {
    seen.mockReturnValue(state)
    document.dispatchEvent(new Event('visibilitychange'))
  }

  turn('hidden')
  vi.advanceTimersByTime(hiddenMs - 1)
  turn('visible')
  vi.advanceTimersByTime(hiddenMs)
  expect(connection.rest, 'it was looked at in time').not.toHaveBeenCalled()
  turn('hidden')
  vi.advanceTimersByTime(hiddenMs)
  expect(connection.rest).toHaveBeenCalledOnce()
  turn('visible')
  expect(connection.wake).toHaveBeenCalledTimes(2)
  stop()
  turn('hidden')
  vi.advanceTimersByTime(hiddenMs)
  expect(connection.rest).toHaveBeenCalledOnce()
})
