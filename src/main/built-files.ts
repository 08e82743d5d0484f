import path from 'node:path'

/**
 * [Note: Built layout] This code runs bundled as out/main/index.cjs; everything else is found from there, so that it does
 * not matter which Electron binary was started or from where.
 */
const out = path.join(__dirname, '..')
const root = path.join(out, '..')

export const builtFiles = {
  preload: path.join(out, 'preload', 'index.cjs'),
  renderer: path.join(out, 'renderer'),
  engineInUtilityProcess: path.join(out, 'engine', 'utility-process.mjs'),
  engineInNode: path.join(out, 'engine', 'node-child.mjs'),
  resources: path.join(root, 'resources'),
  icon: path.join(root, 'resources', 'icons', 'twinlens.png'),
  /** Only there in a development tree, where an old Electron may have to stand in. */
  node24: path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node'),
} as const
