import { execFileSync, spawnSync } from 'node:child_process'
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ScanOptions } from '../../shared/contract/scan.ts'
import { toNativePath } from './native-path.ts'
import { walk, type WalkEntry } from './walk.ts'

// Real trees in a temporary folder.
let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'twinlens-walk-'))
})
afterEach(() => {
  // Node cannot remove what lies deeper than a path can be long; rm can.
  execFileSync('rm', ['-rf', root])
})

function make(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(toNativePath(dirname(join(root, path))), { recursive: true })
    writeFileSync(toNativePath(join(root, path)), `content of ${path}`)
  }
}

async function walkAll(
  options: Partial<ScanOptions> = {},
  folders = [root],
  signal?: AbortSignal,
): Promise<{
  entries: WalkEntry[]
  files: string[]
  passed: Record<string, string>
  problems: Record<string, string>
}> {
  const entries: WalkEntry[] = []
  for await (const batch of walk(folders, { ...ScanOptions.parse(options), signal })) {
    expect(batch.length).toBeLessThanOrEqual(500)
    entries.push(...batch)
  }
  const relative = (path: string): string => path.slice(root.length + 1)
  return {
    entries,
    files: entries.filter((entry) => entry.kind === 'file').map(({ path }) => relative(path)),
    passed: Object.fromEntries(
      entries.filter((entry) => entry.kind === 'passed-over').map(({ path, why }) => [relative(path), why]),
    ),
    problems: Object.fromEntries(
      entries.filter((entry) => entry.kind === 'problem').map(({ path, code }) => [relative(path), code]),
    ),
  }
}

test('files come in one order with their state; hidden, trash and library folders are passed over', async () => {
  make('b.jpg', 'a/2.jpg', 'a/10.jpg', '.hidden/x.jpg', '.dot.jpg', '.Trash-1000/files/t.jpg', 'x/@eaDir/t.jpg')
  make('My.photoslibrary/originals/1.jpg', 'share/Trash/files/t.jpg', 'share/Trash/info/t.trashinfo')
  const { files, passed, entries } = await walkAll()
  expect(files).toEqual(['b.jpg', 'a/10.jpg', 'a/2.jpg'])
  expect(passed).toEqual({
    '.hidden': 'hidden',
    '.dot.jpg': 'hidden',
    '.Trash-1000': 'hidden',
    'x/@eaDir': 'hidden',
    'My.photoslibrary': 'hidden',
    'share/Trash': 'hidden',
  })
  expect(entries.find(({ path }) => path.endsWith('b.jpg'))).toMatchObject({
    folder: root,
    stamp: { bytes: 'content of b.jpg'.length, links: 1 },
  })
  expect((await walkAll({ hidden: true })).files).toEqual(['.dot.jpg', 'b.jpg', '.hidden/x.jpg', 'a/10.jpg', 'a/2.jpg'])
})

test('patterns: a name at any depth, a path below the folder, a pruned folder, an included folder; minimum size', async () => {
  make('keep.jpg', 'deep/keep.png', 'raw/x.jpg', 'deep/raw/y.jpg', 'deep/tmp.jpg', 'node/z.jpg')
  expect((await walkAll({ exclude: ['raw', 'deep/tmp.*', 'node/**'] })).files).toEqual(['keep.jpg', 'deep/keep.png'])
  expect((await walkAll({ exclude: ['/raw'] })).files).toContain('deep/raw/y.jpg')
  expect((await walkAll({ include: ['*.png'] })).files).toEqual(['deep/keep.png'])
  expect((await walkAll({ include: ['deep/**'], exclude: ['raw'] })).files).toEqual(['deep/keep.png', 'deep/tmp.jpg'])
  expect((await walkAll({ include: ['raw'] })).files).toEqual(['deep/raw/y.jpg', 'raw/x.jpg'])
  expect((await walkAll({ minBytes: 22 })).passed).toMatchObject({ 'keep.jpg': 'too-small', 'node/z.jpg': 'too-small' })
})

test('a folder inside another one, or given twice, lists no file twice', async () => {
  make('A/1.jpg', 'A/B/2.jpg', 'A/.h/3.jpg')
  const inner = join(root, 'A/B')
  const { entries } = await walkAll({}, [join(root, 'A'), inner, `${inner}/`, join(root, 'A/.h')])
  const files = entries.filter((entry) => entry.kind === 'file').map(({ folder, path }) => [folder, path])
  expect(files).toEqual([
    [join(root, 'A'), join(root, 'A/1.jpg')],
    [inner, join(root, 'A/B/2.jpg')],
    [join(root, 'A/.h'), join(root, 'A/.h/3.jpg')],
  ])
})

test('links are passed over, or followed last and without loops; a hard link is a file of its own', async () => {
  make('z/real.jpg', 'other/far.jpg')
  symlinkSync(join(root, 'z'), join(root, 'z/loop'))
  symlinkSync(root, join(root, 'up'))
  symlinkSync(join(root, 'z/real.jpg'), join(root, 'a-link.jpg'))
  symlinkSync(join(root, 'nowhere'), join(root, 'broken'))
  linkSync(join(root, 'z/real.jpg'), join(root, 'hard.jpg'))
  const plain = await walkAll({}, [join(root)])
  expect(plain.files).toEqual(['hard.jpg', 'other/far.jpg', 'z/real.jpg'])
  expect(plain.passed).toEqual({ 'z/loop': 'link', up: 'link', 'a-link.jpg': 'link', broken: 'link' })
  expect(plain.entries.filter((entry) => entry.kind === 'file').map(({ stamp }) => stamp.links)).toEqual([2, 1, 2])
  rmSync(join(root, 'hard.jpg'))
  const followed = await walkAll({ followLinks: true })
  expect(followed.files).toEqual(['other/far.jpg', 'z/real.jpg'])
  expect(followed.passed).toEqual({ 'z/loop': 'alias', up: 'alias', 'a-link.jpg': 'alias', broken: 'link' })
  symlinkSync(join(root, 'other'), join(root, 'z/there'))
  const outside = await walkAll({ followLinks: true }, [join(root, 'z')])
  expect(outside.files).toEqual(['z/real.jpg', 'z/there/far.jpg'])
})

test.runIf(process.platform === 'linux')('names in any encoding, pipes, and paths of any length', async () => {
  make('latin\udce9/\udcff.jpg')
  execFileSync('mkfifo', [join(root, 'pipe.jpg')])
  const long = 'n'.repeat(200)
  make(`${long}/${long}/fits.jpg`)
  // Deeper than 4,096 bytes, which only relative paths can make.
  const cwd = process.cwd()
  process.chdir(join(root, long))
  for (let depth = 0; depth < 21; depth++) {
    mkdirSync(long, { recursive: true })
    process.chdir(long)
  }
  process.chdir(cwd)
  const { files, passed, problems } = await walkAll()
  expect(files).toEqual(['latin\udce9/\udcff.jpg', `${long}/${long}/fits.jpg`])
  expect(passed).toEqual({ 'pipe.jpg': 'special' })
  expect(Object.values(problems)).toEqual(['name-too-long'])
})

test.runIf(process.platform !== 'win32')('a folder that may not be read is a problem, and the rest is listed', () => {
  make('locked/secret.jpg', 'open/a.jpg')
  execFileSync('chmod', ['755', root])
  execFileSync('chmod', ['000', join(root, 'locked')])
  // Root may read everything, so a process of another user looks.
  const script = `
    import { walk } from ${JSON.stringify(new URL('./walk.ts', import.meta.url).href)}
    const options = { include: [], exclude: [], minBytes: 0, hidden: false, followLinks: false }
    for await (const batch of walk([${JSON.stringify(root)}, '/twinlens/not/there'], options))
      for (const { kind, path, code } of batch) console.log(kind, path, code)`
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    ...user,
    encoding: 'utf8',
    cwd: '/',
  })
  execFileSync('chmod', ['755', join(root, 'locked')])
  expect(stdout.trim().split('\n'), stderr).toEqual([
    'problem /twinlens/not/there vanished',
    `problem ${root}/locked permission-denied`,
    `file ${root}/open/a.jpg undefined`,
  ])
})

test('a raised signal ends the walk', async () => {
  make('a.jpg')
  await expect(walkAll({}, [root], AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' })
})

test('many files in one folder come in batches, each once', async () => {
  for (let n = 0; n < 1203; n++) writeFileSync(join(root, `${n}.jpg`), 'x')
  const { files } = await walkAll()
  expect(new Set(files).size).toBe(1203)
  expect(files).toEqual([...files].sort())
})
