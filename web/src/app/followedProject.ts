/** The id of the project on the page, set by ProjectScope: what the stream's messages are put into. */
import { shallowRef } from 'vue'

export const followedProject = shallowRef<string | null>(null)
