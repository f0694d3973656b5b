/**
 * What is measured inside the page, as source text for the browser: frames and long tasks while something goes on, when
 * the largest part of a page was painted, and how far something moved.
 */
import * as v from 'valibot'

const framesSchema = v.object({
  fps: v.number(),
  p99Ms: v.number(),
  longestMs: v.number(),
  longTasks: v.number(),
  longestTaskMs: v.number(),
  heapMb: v.number(),
  heapEndMb: v.number(),
  rates: v.array(v.number())
})
export type Frames = v.InferOutput<typeof framesSchema>
export const framesOf = (value: unknown): Frames => v.parse(framesSchema, value)

/** `each` runs in every frame, `second` once a second; it returns a number for `rates`. */
function watching({ ms, each, second }: { ms: number; each: string; second: string }): string {
  return `new Promise(resolve => {
    const [frames, rates, tasks] = [[], [], []]
    const heap = () => (performance.memory?.usedJSHeapSize ?? 0) / 2 ** 20
    const observer = new PerformanceObserver(list => tasks.push(...list.getEntries().map(entry => entry.duration)))
    observer.observe({ type: 'longtask' })
    const [startedMs, heapMb] = [performance.now(), heap()]
    const sampling = setInterval(() => rates.push(${second}), 1000)
    let last = null
    const frame = now => {
      if (last !== null) frames.push(now - last)
      last = now
      ${each}
      if (performance.now() - startedMs < ${ms}) return requestAnimationFrame(frame)
      observer.disconnect()
      clearInterval(sampling)
      const sorted = [...frames].sort((a, b) => a - b)
      resolve({
        fps: frames.length / frames.reduce((sum, each) => sum + each, 0) * 1000,
        p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0, longestMs: sorted.at(-1) ?? 0,
        longTasks: tasks.length, longestTaskMs: Math.max(0, ...tasks), heapMb, heapEndMb: heap(), rates
      })
    }
    requestAnimationFrame(frame)
  })`
}

/** While the live tail runs; `rates` are what its header says of events a second. */
export function tailProbe(ms: number): string {
  return watching({
    ms,
    each: '',
    second: 'parseInt(document.querySelector(\'[title$="in the last second"]\')?.title.replaceAll(",", "") ?? "0", 10)'
  })
}

/** While a table is scrolled by `pxPerFrame`, from its top down and up again. */
export function scrollProbe(ms: number, pxPerFrame: number): string {
  return `(() => {
    const table = document.querySelector('[role=table]')
    let by = ${pxPerFrame}
    const step = () => {
      table.scrollTop += by
      if (table.scrollTop + table.clientHeight >= table.scrollHeight - 1) by = -${pxPerFrame}
      else if (table.scrollTop <= 0) by = ${pxPerFrame}
    }
    return ${watching({ ms, each: 'step()', second: '0' })}
  })()`
}

/** A jump over all that is loaded: a list draws every row in sight anew. */
export const scrollToTop = "document.querySelector('[role=table]').scrollTop = 0"

/** Scrolls to the end of the loaded rows. Returns their height, which shows whether more have come. */
export const scrollToEnd = `(() => {
  const table = document.querySelector('[role=table]')
  table.scrollTop = table.scrollHeight
  return table.scrollHeight
})()`

/** For `loaded` in pages.ts: what was buffered since the page began. */
export const loadProbe = `new Promise(resolve => {
  let [paintMs, shift] = [0, 0]
  const done = () => resolve({ paintMs, shift })
  // A busy browser tells late of what was buffered: both kinds come soon after one another.
  new PerformanceObserver(list => {
    paintMs = list.getEntries().at(-1).startTime
    setTimeout(done, 500)
  }).observe({ type: 'largest-contentful-paint', buffered: true })
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value
  }).observe({ type: 'layout-shift', buffered: true })
  setTimeout(done, 5000)
})`
