import { expect, test } from 'vitest'
import { catalogFolder, dataFolder } from './data-folder.ts'

test('each platform has its own place, and TWINLENS_DATA_DIR comes before it', () => {
  expect(dataFolder({ platform: 'linux', env: {}, home: '/home/ada' })).toBe('/home/ada/.local/share/Twinlens')
  expect(dataFolder({ platform: 'linux', env: { XDG_DATA_HOME: '/data' }, home: '/home/ada' })).toBe('/data/Twinlens')
  expect(dataFolder({ platform: 'linux', env: { XDG_DATA_HOME: 'data' }, home: '/home/ada' })).toBe(
    '/home/ada/.local/share/Twinlens',
  )
  expect(dataFolder({ platform: 'darwin', env: {}, home: '/Users/ada' })).toBe(
    '/Users/ada/Library/Application Support/Twinlens',
  )
  const windows = dataFolder({ platform: 'win32', env: { APPDATA: 'C:\\Users\\ada\\Roaming' }, home: 'C:\\Users\\ada' })
  expect(catalogFolder(windows, 'win32')).toBe('C:\\Users\\ada\\Roaming\\Twinlens\\catalog')
  expect(dataFolder({ platform: 'linux', env: { TWINLENS_DATA_DIR: '/elsewhere' }, home: '/home/ada' })).toBe(
    '/elsewhere',
  )
})
