// npm run kernels: compiles src/engine/imaging/resample.wat into the module beside it, which the engine loads.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { format, resolveConfig } from 'prettier'
import wabt from 'wabt'
import { projectRoot } from './processes.mjs'

const folder = path.join(projectRoot, 'src', 'engine', 'imaging')
const text = await readFile(path.join(folder, 'resample.wat'), 'utf8')
const parsed = (await wabt()).parseWat('resample.wat', text, { simd: true })
const { buffer } = parsed.toBinary({})
parsed.destroy()
const target = path.join(folder, 'resample-kernel.ts')
const module = `/** resample.wat, compiled by \`npm run kernels\`; WebAssembly in base64. */
export const resampleKernel = '${Buffer.from(buffer).toString('base64')}'
`
await writeFile(target, await format(module, { ...(await resolveConfig(target)), filepath: target }))
