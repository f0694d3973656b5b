/** Charts as pages use them: ECharts comes with the first one that is shown. */
import { defineAsyncComponent } from 'vue'

export const VolumeChart = defineAsyncComponent(() => import('./VolumeChart.vue'))
