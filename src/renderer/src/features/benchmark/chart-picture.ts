import { darkPalette, lightPalette } from '../../../../shared/charts/chart-palette.ts'
import type { Chart } from '../../../../shared/charts/chart-spec.ts'
import { chartSvg } from '../../../../shared/charts/chart-svg.ts'

/** Pixels of the picture for each pixel of the drawing. */
const sharpness = 2

/** A chart with title and legend as PNG bytes, in the colours of the present theme. */
export async function pictureOf(chart: Chart, dark: boolean): Promise<Uint8Array> {
  const { svg, width, height } = chartSvg(chart, dark ? darkPalette : lightPalette)
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = Math.ceil(width * sharpness)
  canvas.height = Math.ceil(height * sharpness)
  const pen = canvas.getContext('2d')
  if (pen === null) throw new Error('This window cannot draw pictures.')
  pen.drawImage(image, 0, 0, canvas.width, canvas.height)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  if (blob === null) throw new Error('The picture could not be made.')
  return new Uint8Array(await blob.arrayBuffer())
}
