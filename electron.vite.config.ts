import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

// CommonJS and these targets also run in the Electron 25 (Node 18, Chromium 114) that stands in where the official binary
// cannot be downloaded. The engine is built apart, by scripts/build.mjs.
const commonJs = { format: 'cjs', entryFileNames: '[name].cjs' } as const

export default defineConfig({
  main: {
    build: {
      target: 'node18',
      minify: true,
      // Zod is the one package that main and preload use; bundled, they start without looking for files.
      externalizeDeps: { exclude: ['zod'] },
      rolldownOptions: { input: { index: 'src/main/index.ts' }, output: commonJs },
    },
  },
  preload: {
    build: {
      target: 'node18',
      minify: true,
      externalizeDeps: { exclude: ['zod'] },
      rolldownOptions: { input: { index: 'src/preload/index.ts' }, output: commonJs },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [react()],
    build: {
      target: 'chrome114',
      // Every start reads, compiles and runs all of it before the window can be used.
      minify: true,
      // The page's policy allows no inline code: everything is a file.
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 2_000,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: { index: 'src/renderer/index.html' },
        // Schemas that several chunks share would be made before the entry's own code runs: what sets zod up stays with zod.
        output: { codeSplitting: { groups: [{ name: 'schemas', test: /node_modules\/zod\/|\/lib\/strict-policy/ }] } },
      },
    },
  },
})
