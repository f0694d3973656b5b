/** The large chart, which is loaded beside the page that shows it: text is there first. */
import { defineAsyncComponent } from 'vue'

export const VolumeChart = defineAsyncComponent(() => import('./VolumeChart.vue'))
