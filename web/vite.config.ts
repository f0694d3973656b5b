/**
 * The dashboard's build and its unit tests. `MESHER_URL` names the Mesher that the development server passes requests
 * on to.
 */
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { isInFrame } from './chunks.ts'

const target = process.env.MESHER_URL ?? 'http://localhost:8080'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Components are written with `setup` alone, ours and those of others: the other way to write them need not be
  // shipped.
  plugins: [vue({ features: { optionsAPI: false } }), tailwindcss()],
  // The page's <base> says where it is served, which may be below a path.
  base: './',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // What size.ts weighs by.
    manifest: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    // A data: address in a style sheet is one more thing that the policy would have to let through.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'vue', test: /node_modules[\\/](?:vue|vue-router|@vue)[\\/]/ },
            { name: 'echarts', test: /node_modules[\\/](?:echarts|zrender|vue-echarts)[\\/]/ },
            // A browser asks for six files at once: what is in dozens of small ones comes later than the same in few.
            { debugName: 'frame', name: (id, modules) => (isInFrame(id, modules) ? 'frame' : null) },
            // With a group goes what it imports, so lists come last, with the libraries that nobody else needs.
            // What the pages of issues share is no part of other pages.
            {
              name: 'parts',
              test: /[\\/](?:web[\\/]src[\\/](?!ui[\\/](?:[Dd]ataTable|SearchBar)|features[\\/]issues)|@lucide[\\/])/,
              minShareCount: 2
            },
            { name: 'lists', test: /[\\/]web[\\/]src[\\/]ui[\\/]/, minShareCount: 2 }
          ]
        }
      }
    }
  },
  server: {
    // The server compares Origin with its own address.
    proxy: { '/api': { target, changeOrigin: true, ws: true, headers: { origin: target } } }
  },
  test: { include: ['src/**/*.test.ts'], restoreMocks: true }
})
