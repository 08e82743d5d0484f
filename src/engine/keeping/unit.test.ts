import { expect, test } from 'vitest'
import { areMates, partsBeside } from './unit.ts'

const beside = (name: string, names: string[], going: string[] = [], times: Record<string, string> = {}) => {
  const takenAtOf = (each: string): string | null => times[each] ?? null
  return partsBeside({ name, takenAt: takenAtOf(name) }, [name, ...names], (each) => going.includes(each), takenAtOf)
}

test('a Live Photo takes its video and its edits along, and nothing of its neighbours', () => {
  expect(
    beside('IMG_1234.HEIC', ['IMG_1234.MOV', 'IMG_1234.AAE', 'IMG_12345.MOV', 'IMG_1234 (1).MOV', 'notes.txt']),
  ).toEqual({
    contents: ['IMG_1234.MOV'],
    sidecars: ['IMG_1234.AAE'],
  })
  expect(beside('IMG_1234.HEIC', ['IMG_E1234.HEIC', 'IMG_O1234.AAE', 'img_1234.mov'])).toEqual({
    contents: ['IMG_E1234.HEIC', 'img_1234.mov'],
    sidecars: ['IMG_O1234.AAE'],
  })
})

test('a raw file and its JPEG of one capture time are one unit; a sidecar of one file goes with that alone', () => {
  const names = ['DSC_1.JPG', 'DSC_1.xmp', 'DSC_1.NEF.xmp', 'DSC_1.JPG.xmp', 'DSC_10.xmp']
  expect(beside('DSC_1.NEF', names)).toEqual({
    contents: ['DSC_1.JPG'],
    sidecars: ['DSC_1.xmp', 'DSC_1.NEF.xmp', 'DSC_1.JPG.xmp'],
  })
  const times = { 'DSC_1.NEF': '2021-01-01T10:00:00', 'DSC_1.JPG': '2023-05-05T10:00:00' }
  // Another year's shot of the same number: it keeps the shared sidecar.
  expect(beside('DSC_1.NEF', names, [], times)).toEqual({ contents: [], sidecars: ['DSC_1.NEF.xmp'] })
})

test('what another photo in the folder needs stays, unless that one goes too', () => {
  const names = ['IMG_1.HEIC', 'IMG_1.MOV', 'IMG_1.AAE']
  expect(beside('IMG_1.JPG', names)).toEqual({ contents: [], sidecars: [] })
  expect(beside('IMG_1.JPG', names, ['IMG_1.HEIC'])).toEqual({ contents: ['IMG_1.MOV'], sidecars: ['IMG_1.AAE'] })
})

test('two pictures are parts of one shot only as raw and JPEG, or as original and edited', () => {
  const picture = (name: string, takenAt: string | null = null) => ({ name, takenAt })
  expect(areMates(picture('DSC_1.NEF', '2021-01-01T10:00:00'), picture('dsc_1.jpg', '2021-01-01T10:00:01.2'))).toBe(
    true,
  )
  expect(areMates(picture('DSC_1.NEF', '2021-01-01T10:00:00'), picture('DSC_1.JPG', '2021-01-01T10:00:09'))).toBe(false)
  expect(areMates(picture('IMG_1234.HEIC'), picture('IMG_E1234.JPG'))).toBe(true)
  expect(areMates(picture('IMG_1234.HEIC'), picture('IMG_1234.JPG'))).toBe(false)
  expect(areMates(picture('DSC_1.NEF'), picture('DSC_2.JPG'))).toBe(false)
})
