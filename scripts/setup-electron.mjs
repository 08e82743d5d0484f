// npm run setup:electron: tries the official download again, however long it takes.
import { ensureElectron } from './electron-binary.mjs'
import { runMain, say } from './processes.mjs'
import { ensureDependencies } from './setup.mjs'

await runMain(async () => {
  await ensureDependencies()
  const electron = await ensureElectron({ retry: true })
  if (electron.kind === 'official') say(`Twinlens: the official Electron is in place: ${electron.binary}`)
  return electron.kind === 'official' ? 0 : 1
})
