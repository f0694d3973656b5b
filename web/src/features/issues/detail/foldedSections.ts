/** Which sections of an issue are folded or unfolded, by their ids: kept in this browser. */
import { useLocalStorage } from '@vueuse/core'

export const foldedSections = useLocalStorage<Record<string, boolean>>('mesher.folded-sections', {})
/** Frames of libraries are shown, too. */
export const allFrames = useLocalStorage('mesher.all-frames', false)
/** Where a program began comes first, and where it ended last. */
export const oldestFirst = useLocalStorage('mesher.oldest-frames-first', false)
