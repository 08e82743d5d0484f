import { expect, test } from 'vitest'
import { openedFolders } from './opened-folders.ts'

test('takes folders and leaves switches and the name of the app out', () => {
  const switches = ['--no-sandbox', '--inspect=0']
  expect(openedFolders(['electron', ...switches, '/app', '/photos', 'more photos'], true, '/home/ada')).toEqual([
    '/photos',
    '/home/ada/more photos',
  ])
  expect(openedFolders(['Twinlens', '--user-data-dir=/x', '/photos'], false, '/home/ada')).toEqual(['/photos'])
  expect(openedFolders(['electron', '/app'], true, '/home/ada')).toEqual([])
})
