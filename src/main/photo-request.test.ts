import { expect, test } from 'vitest'
import { parsePhotoUrl } from './photo-request.ts'

test('reads the two kinds of address', () => {
  expect(parsePhotoUrl('photo://thumbnail/12')).toEqual({ kind: 'thumbnail', photoId: 12 })
  expect(parsePhotoUrl('photo://picture/7?side=2048')).toEqual({ kind: 'picture', photoId: 7, maxSide: 2048 })
})

test.each([
  'photo://thumbnail/',
  'photo://thumbnail/0',
  'photo://thumbnail/-1',
  'photo://thumbnail/1.5',
  'photo://thumbnail/1e3',
  'photo://thumbnail/12/',
  'photo://thumbnail/12?x',
  'photo://thumbnail/12#a',
  'photo://thumbnail/%31',
  'photo://thumbnail/9999999999999999999',
  'photo://thumbnail/etc/passwd',
  'photo://thumbnail/..%2f..%2fetc%2fpasswd',
  'photo://picture/7',
  'photo://picture/7?side=63',
  'photo://picture/7?side=8193',
  'photo://picture/7?side=100&side=200',
  'photo://picture/7?path=/etc/passwd',
  'photo:///etc/passwd',
  'photo://other/7',
  'file:///etc/passwd',
])('refuses %s', (url) => {
  expect(parsePhotoUrl(url)).toBeNull()
})
