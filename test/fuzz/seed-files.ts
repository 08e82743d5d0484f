import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import encodeJxl, { init as initJxl } from '@jsquash/jxl/encode.js'
import sharp from 'sharp'
import { toBmp } from '../fixtures/generator/hostile-bytes.ts'
import { buildExif, replaceJpegMetadata } from '../fixtures/generator/jpeg-exif.ts'
import { fromPicture, toPicture, type Picture } from '../fixtures/generator/picture.ts'
import { rawBuilders } from '../fixtures/generator/raw-files.ts'
import { toIco, toPsd, toTga } from '../fixtures/generator/simple-pictures.ts'

/** A sound file that is to be damaged. */
export interface SeedFile {
  name: string
  bytes: Buffer
}

const photo = (name: string): Buffer => readFileSync(new URL(`../fixtures/photos/${name}`, import.meta.url))

/** Node's own, of which the types know nothing. */
declare const WebAssembly: { Module: new (bytes: Buffer) => object }

async function toJxl(scene: Picture): Promise<Buffer> {
  const file = createRequire(import.meta.url).resolve('@jsquash/jxl/codec/enc/jxl_enc.wasm')
  await initJxl(new WebAssembly.Module(readFileSync(file)))
  const { data, info } = await fromPicture(scene).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  const image = { data: new Uint8ClampedArray(data), width: info.width, height: info.height, colorSpace: 'srgb' }
  return Buffer.from(await encodeJxl(image as never, { effort: 1 }))
}

/** One small file or more of every format that is read, and of each way into it. */
export async function makeSeedFiles(): Promise<SeedFile[]> {
  const scene = await toPicture(sharp(photo('coffee.png')).resize(120, 90, { fit: 'fill' }))
  const picture = fromPicture(scene)
  const jpeg = await picture.clone().jpeg({ quality: 80 }).toBuffer()
  const dated = replaceJpegMetadata(jpeg, buildExif({ make: 'Acme', takenAt: '2020:01:02 03:04:05', orientation: 6 }))
  const parts = {
    thumbnail: jpeg,
    preview: dated,
    width: 1200,
    height: 900,
    takenAt: '2020:01:02 03:04:05',
    model: 'F',
  }
  const raws = Object.entries(rawBuilders).map(([name, build]) => ({ name, bytes: build(parts) }))
  const made: readonly (readonly [string, Promise<Buffer> | Buffer])[] = [
    ['jpeg', dated],
    ['jpeg-progressive', picture.clone().jpeg({ progressive: true }).toBuffer()],
    ['jpeg-cmyk', picture.clone().toColourspace('cmyk').jpeg().toBuffer()],
    ['png', picture.clone().png().toBuffer()],
    ['png-palette', picture.clone().png({ palette: true }).toBuffer()],
    ['webp', picture.clone().webp({ effort: 0 }).toBuffer()],
    ['webp-lossless', picture.clone().webp({ lossless: true, effort: 0 }).toBuffer()],
    ['tiff-lzw', picture.clone().tiff({ compression: 'lzw' }).toBuffer()],
    ['tiff-tiled', picture.clone().tiff({ tile: true, tileWidth: 32, tileHeight: 32, bigtiff: true }).toBuffer()],
    ['tiff-jpeg', picture.clone().tiff({ compression: 'jpeg' }).toBuffer()],
    ['gif', picture.clone().gif({ effort: 1 }).toBuffer()],
    ['avif', picture.clone().avif({ effort: 0 }).toBuffer()],
    ['heic', photo('cheers.heic')],
    ['bmp', toBmp(scene)],
    ['jxl', toJxl(scene)],
    ['psd', toPsd(scene)],
    ['psd-packed', toPsd(scene, { packed: true })],
    ['psd-cmyk', toPsd(scene, { cmyk: true, bits: 16, large: true, packed: true })],
    ['tga', toTga(scene)],
    ['tga-runs', toTga(scene, { runs: true })],
    ['ico', toIco(scene)],
    ['ico-png', toIco(await picture.clone().png().toBuffer())],
  ]
  const files = await Promise.all(made.map(async ([name, bytes]) => ({ name, bytes: await bytes })))
  return [...files, ...raws]
}
