/** Light, dark, or as the system has it. public/theme.js has set the class before the first paint. */
import { useLocalStorage, usePreferredDark } from '@vueuse/core'
import { computed, watchEffect } from 'vue'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export const theme = useLocalStorage<Theme>('mesher.theme', 'system', { writeDefaults: false })
const prefersDark = usePreferredDark()

export const isDark = computed(() => theme.value === 'dark' || (theme.value !== 'light' && prefersDark.value))

/** Called once by main.ts. */
export function followTheme(): void {
  watchEffect(() => {
    document.documentElement.classList.toggle('dark', isDark.value)
  })
}
