import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { toNativePath } from './native-path.ts'
import { hashContent } from './read.ts'
import { hasTrash, trashWithLibrary } from './trash.ts'
import { findInTrash, restoreFromTrash } from './xdg-trash.ts'

// The XDG trash is what Linux has. The trash of these tests is in a folder of its own, below the same home disk.
describe.runIf(process.platform === 'linux')('the XDG trash', () => {
  // Set before the package `trash` is loaded, which reads it once.
  const data = mkdtempSync(join(tmpdir(), 'twinlens-data-'))
  process.env.XDG_DATA_HOME = data
  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(data, 'photos-'))
  })
  afterAll(() => rmSync(data, { recursive: true }))

  const make = (name: string, content: string): string => {
    writeFileSync(toNativePath(join(root, name)), content)
    return join(root, name)
  }
  const hashOf = (text: string): Uint8Array => hashContent(Buffer.from(text))
  const code = (value: string) => expect.objectContaining({ code: value })
  const gio = (path: string): void => {
    execFileSync('gio', ['trash', path], { env: { ...process.env, HOME: homedir() } })
  }
  const hasGio = ['/usr/bin/gio', '/bin/gio', '/usr/local/bin/gio'].some((path) => existsSync(path))
  const bins = [['trash (npm)', trashWithLibrary] as const, ...(hasGio ? [['gio', gio] as const] : [])]

  test.each(bins)('what %s threw away is found and put back, odd names included', async (_name, throwAway) => {
    const since = Date.now()
    for (const name of ['plain.jpg', 'ä b%20#;?&=+.jpg', 'line\nbreak.jpg']) {
      const path = make(name, name)
      expect(await hasTrash(path)).toBe(true)
      await throwAway(path)
      expect(existsSync(path)).toBe(false)
      const found = await findInTrash(path, { trashedAfterMs: since })
      expect(readFileSync(found ?? '', 'utf8')).toBe(name)
      await restoreFromTrash(path, hashOf(name), { trashedAfterMs: since })
      expect(readFileSync(path, 'utf8')).toBe(name)
      expect(await findInTrash(path, { trashedAfterMs: since })).toBeNull()
    }
    expect(readdirSync(join(data, 'Trash/info'))).toEqual([])
    expect(readdirSync(join(data, 'Trash/files'))).toEqual([])
  })

  test('the newest with the right content comes back, nothing is overwritten, older clean-ups do not count', async () => {
    const path = make('a.jpg', 'first')
    const since = Date.now()
    await trashWithLibrary(path)
    await trashWithLibrary(make('a.jpg', 'second'))
    make('a.jpg', 'third')
    const options = { trashedAfterMs: since }
    await expect(restoreFromTrash(path, hashOf('first'), options)).rejects.toEqual(code('would-overwrite'))
    expect(readFileSync(path, 'utf8')).toBe('third')
    rmSync(root, { recursive: true })
    await expect(restoreFromTrash(path, hashOf('third'), options)).rejects.toEqual(code('changed-since-scan'))
    await expect(restoreFromTrash(path, hashOf('first'), { trashedAfterMs: since + 10_000 })).rejects.toEqual(
      code('not-in-trash'),
    )
    await restoreFromTrash(path, hashOf('first'), options)
    expect(readFileSync(path, 'utf8')).toBe('first')
    rmSync(path)
    await restoreFromTrash(path, hashOf('second'), options)
    expect(readFileSync(path, 'utf8')).toBe('second')
  })

  test('a name that is no Unicode is refused by the library, and put back when another program trashed it', async () => {
    const path = make('\udcff.jpg', 'raw')
    await expect(trashWithLibrary(path)).rejects.toEqual(code('trash-unavailable'))
    const trash = join(data, 'Trash')
    for (const folder of ['files', 'info']) mkdirSync(join(trash, folder), { recursive: true })
    writeFileSync(join(trash, 'files/odd'), 'raw')
    writeFileSync(
      join(trash, 'info/odd.trashinfo'),
      `[Trash Info]\nPath=${encodeURI(root)}/%FF.jpg\nDeletionDate=2099-01-01T00:00:00\n`,
    )
    rmSync(toNativePath(path))
    await restoreFromTrash(path, hashOf('raw'), { trashedAfterMs: 0 })
    expect(readFileSync(toNativePath(path), 'utf8')).toBe('raw')
  })

  test('the trash of another disk names its files from the top of that disk', async () => {
    const top = '/dev/shm'
    if (!existsSync(top)) return
    const trash = join(top, `.Trash-${process.getuid?.()}`)
    const had = existsSync(trash)
    for (const folder of ['files', 'info']) mkdirSync(join(trash, folder), { recursive: true })
    const name = `twinlens-${process.pid}.jpg`
    writeFileSync(join(trash, 'files', name), 'volume')
    writeFileSync(
      join(trash, 'info', `${name}.trashinfo`),
      `[Trash Info]\nPath=twinlens-${process.pid}/in/${name}\nDeletionDate=2099-01-01T00:00:00\n`,
    )
    const path = join(top, `twinlens-${process.pid}/in`, name)
    try {
      expect(await hasTrash(path.replace('/in', ''))).toBe(false)
      await restoreFromTrash(path, hashOf('volume'), { trashedAfterMs: 0 })
      expect(readFileSync(path, 'utf8')).toBe('volume')
      expect(await hasTrash(path)).toBe(true)
    } finally {
      rmSync(join(top, `twinlens-${process.pid}`), { recursive: true, force: true })
      if (!had) rmSync(trash, { recursive: true })
    }
  })

  test('what is not there cannot be thrown away', async () => {
    await expect(trashWithLibrary(join(root, 'none'))).rejects.toEqual(code('vanished'))
  })
})
