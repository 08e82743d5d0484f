// Builds the app (main, preload, page) with electron-vite and the engine as ES modules for Node ≥ 22. Runs on Node 24.
import { existsSync, globSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'

const root = path.resolve(import.meta.dirname, '..')
process.chdir(root)
process.env.NODE_ENV = 'production'
// electron-vite asks the binary for its version, which may not be here; the targets are given in the configuration.
process.env.ELECTRON_MAJOR_VER ??= '45'

const { build: buildApp } = await import('electron-vite')
const { build: buildWithVite } = await import('vite')

/** Files of the engine that are started on their own: out/engine/<name>.mjs each. */
function engineEntries() {
  const files = [
    'src/engine/hosts/utility-process.ts',
    'src/engine/hosts/node-child.ts',
    'src/engine/hosts/command-line.ts',
    'src/engine/embedding/provider-trial-child.ts',
    ...globSync('src/engine/**/*-worker.ts'),
  ].filter((file) => existsSync(file))
  /** @type {Record<string, string>} */
  const entries = {}
  for (const file of files) {
    const name = path.basename(file, '.ts')
    if (entries[name] !== undefined)
      throw new Error(`${file} and ${entries[name]} would both become out/engine/${name}.mjs.`)
    entries[name] = path.resolve(file)
  }
  return entries
}

/** @param {Record<string, string>} entries */
async function buildEngine(entries) {
  await buildWithVite({
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir: 'out/engine',
      emptyOutDir: true,
      target: 'node22',
      minify: false,
      sourcemap: true,
      // `ssr` means: for Node. Packages stay outside and are found in node_modules.
      ssr: true,
      rolldownOptions: {
        input: entries,
        // Chunks lie beside the entries, so that a worker's URL holds wherever the code that starts it ended up.
        output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: 'chunk-[name]-[hash].mjs' },
      },
    },
    ssr: { target: 'node', external: true },
  })
}

await buildApp({ logLevel: 'warn' })
await buildEngine(engineEntries())
