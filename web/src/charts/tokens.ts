/** The theme's colours as canvases need them: resolved. Read again when the theme changes. */
import { computed, type ComputedRef } from 'vue'
import { isDark } from '../lib/theme.ts'

const names = {
  text: '--c-text',
  muted: '--c-muted',
  line: '--c-line',
  surface: '--c-raised',
  accent: '--c-accent-text',
  fatal: '--c-bar-fatal',
  error: '--c-bar-error',
  warning: '--c-bar-warning',
  info: '--c-bar-info',
  debug: '--c-bar-debug'
} as const

export type ChartColours = Record<keyof typeof names | 'font', string>

export function useChartColours(): ComputedRef<ChartColours> {
  return computed(() => {
    // The class that the values hang on is set in a watcher: they are read under it, whichever comes first.
    document.documentElement.classList.toggle('dark', isDark.value)
    const style = getComputedStyle(document.documentElement)
    const read = (name: string): string => style.getPropertyValue(name).trim()
    return {
      text: read(names.text),
      muted: read(names.muted),
      line: read(names.line),
      surface: read(names.surface),
      accent: read(names.accent),
      fatal: read(names.fatal),
      error: read(names.error),
      warning: read(names.warning),
      info: read(names.info),
      debug: read(names.debug),
      font: getComputedStyle(document.body).fontFamily
    }
  })
}
