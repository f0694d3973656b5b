/** Creates the app; what it is made of is in app/. */
import './style.css'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import App from './app/App.vue'
import { queryClient } from './app/queryClient.ts'
import { router } from './app/router.ts'
import { followTheme } from './lib/theme.ts'
import { startClock } from './lib/time.ts'

followTheme()
startClock()
createApp(App).use(router).use(VueQueryPlugin, { queryClient }).mount('#app')
