import { existsSync, globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The Vulkan driver file of SwiftShader, the software Vulkan that comes with Electron; null where there is none.
 * TWINLENS_SWIFTSHADER_ICD names it; otherwise the Electron that set-up has put in place is looked at.
 */
export function findSwiftShader(): string | null {
  const named = process.env.TWINLENS_SWIFTSHADER_ICD
  if (named !== undefined && named !== '') return existsSync(named) ? named : null
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const [found] = globSync(
    ['.cache/electron-*/vk_swiftshader_icd.json', 'node_modules/electron/dist/vk_swiftshader_icd.json'],
    {
      cwd: root,
    },
  )
  return found === undefined ? null : `${root}/${found}`
}
