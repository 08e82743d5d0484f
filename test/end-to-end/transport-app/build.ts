import path from 'node:path'
import { build, type Rolldown } from 'vite'

const here = import.meta.dirname
const root = path.resolve(here, '../../..')

/**
 * Builds the transport app in the layout of the real one, from the real main process and preload script.
 * @returns its main file
 */
export async function buildTransportApp(): Promise<string> {
  const out = path.join(root, 'artifacts', 'transport-app')
  const forNode = (folder: string, input: Record<string, string>, output: Rolldown.OutputOptions, node: string) =>
    build({
      configFile: false,
      logLevel: 'warn',
      root,
      build: {
        outDir: path.join(out, folder),
        emptyOutDir: true,
        target: node,
        minify: false,
        ssr: true,
        rolldownOptions: { input, output, external: ['electron'] },
      },
      ssr: { target: 'node', noExternal: true, external: ['electron'] },
    })
  const commonJs = { format: 'cjs', entryFileNames: '[name].cjs' } as const
  await forNode('main', { index: path.join(here, 'main.ts') }, commonJs, 'node18')
  await forNode('preload', { index: path.join(root, 'src/preload/index.ts') }, commonJs, 'node18')
  // Electron 25 loads no ES module into a utility process.
  await forNode('engine', { 'utility-process': path.join(here, 'utility-process.ts') }, commonJs, 'node18')
  await forNode('node-engine', { 'node-child': path.join(here, 'node-child.ts') }, commonJs, 'node22')
  await build({
    configFile: false,
    logLevel: 'warn',
    root: path.join(here, 'page'),
    build: { outDir: path.join(out, 'renderer'), emptyOutDir: true, target: 'chrome114', modulePreload: false },
  })
  return path.join(out, 'main', 'index.cjs')
}
