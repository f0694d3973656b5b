/** How commands that take long show how far they are, and how they are ended early. */
import cliProgress from 'cli-progress'

export type StepBars = {
  /** Begins a bar of its own. */
  onStep: (step: string) => void
  onProgress: (done: number, all: number) => void
  stop: () => void
}

/** One bar for each step, on standard error; nothing where that is no terminal. */
export function stepBars(): StepBars {
  let bar: cliProgress.SingleBar | undefined
  const stop = (): void => {
    bar?.stop()
    bar = undefined
  }
  function onStep(step: string): void {
    stop()
    bar = new cliProgress.SingleBar(
      {
        format: `${step.padEnd(15)}{bar} {value}/{total}  {duration_formatted}`,
        stream: process.stderr,
        hideCursor: true,
        clearOnComplete: true
      },
      cliProgress.Presets.shades_classic
    )
  }
  function onProgress(done: number, all: number): void {
    if (bar?.isActive) bar.update(done)
    else bar?.start(all, done)
  }
  return { onStep, onProgress, stop }
}

/** Aborts at the first SIGINT or SIGTERM, for commands that clean up; the second one ends the process as usual. */
export function stopAtSignal(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort())
  process.once('SIGTERM', () => controller.abort())
  return controller.signal
}
