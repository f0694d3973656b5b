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

const inUi = (names: string): RegExp => new RegExp(`[\\\\/]web[\\\\/]src[\\\\/](?:${names})`)
const lists = inUi('ui[\\\\/](?:[Dd]ataTable|SearchBar)')
const features = inUi('features|ui[\\\\/]issues')
const forms = inUi(
  'ui[\\\\/](?:Event(?:Panel|InDrawer)|SnippetPicker|fields[\\\\/](?:Switch|NumberField|NativeSelect|TextArea))' +
    '|features[\\\\/](?:auth|organization|team|settings|account)'
)

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
      // Nobody who starts Mesher can do anything about them.
      checks: { bundlerTimings: false },
      output: {
        codeSplitting: {
          groups: [
            { name: 'vue', test: /node_modules[\\/](?:vue|vue-router|@vue)[\\/]/ },
            // A browser asks for six files at once: what is in dozens of small ones comes later than the same in few.
            { debugName: 'frame', name: (id, modules) => (isInFrame(id, modules) ? 'frame' : null) },
            // With a group goes what it imports, so lists come last, with the libraries that nobody else needs.
            // What the pages of one feature share is no part of other pages, and what forms and drawers are made of is
            // no part of the pages that most people look at most.
            {
              name: 'parts',
              test: id =>
                /[\\/](?:web[\\/]src|@lucide)[\\/]/.test(id) &&
                ![lists, forms, features].some(others => others.test(id)),
              minShareCount: 2
            },
            { name: 'forms', test: forms, minShareCount: 2 },
            { name: 'lists', test: lists, minShareCount: 2 }
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
