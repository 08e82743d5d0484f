// npm run screenshots: pictures of every screen, light and dark, in artifacts/screenshots; the README's one is renewed.
import { copyFileSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { projectRoot, runMain, runThrough } from './processes.mjs'

await runMain(async () => {
  const tests = path.join(projectRoot, 'scripts', 'test.mjs')
  const code = await runThrough(process.execPath, [tests, 'end-to-end', '--grep', '@screenshots'], {
    cwd: projectRoot,
    env: process.env,
  })
  if (code !== 0) return code
  const pictures = path.join(projectRoot, 'docs', 'images')
  mkdirSync(pictures, { recursive: true })
  const from = path.join(projectRoot, 'artifacts', 'screenshots', 'review-perceptual-dark.png')
  copyFileSync(from, path.join(pictures, 'review.png'))
  return 0
})
