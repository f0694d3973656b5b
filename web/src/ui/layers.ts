/**
 * Menus, popovers and dialogs are a third of what a page would have to load before it can be seen, and nobody opens one
 * before. So their parts come right after the first page; until then buttons that open something are there, and take no
 * clicks.
 */
import { shallowRef } from 'vue'
import type * as Parts from './layerParts.ts'

export const layerParts = shallowRef<typeof Parts | null>(null)

export async function loadLayers(): Promise<void> {
  layerParts.value ??= await import('./layerParts.ts')
}
