import type { Sharp } from 'sharp'
import type { Preprocessing } from '../../shared/contract/photo.ts'
import { paintScene, type SceneStyle } from './golden-scene.ts'
import { sharp } from './sharp.ts'

/**
 * Changes whenever painted pictures change: vectors that were recorded of another set are not compared with this one's.
 */
export const goldenSetId = 'painted-1'

/** One picture of the golden set as a file. */
export interface GoldenPicture {
  name: string
  type: 'image/jpeg' | 'image/png'
  bytes: Buffer
  /** Shown differently by a program that does not heed EXIF orientation, or transparency. */
  traits: { turned: boolean; transparent: boolean }
}

interface Recipe extends SceneStyle {
  name: string
  width: number
  height: number
  /** EXIF orientation 2–8. */
  orientation?: number
  /** Enlarged this often after painting, so that 24 megapixels need not be painted. */
  enlarge?: number
  variant?: 'grey' | 'transparent'
  format?: 'png'
  /** One of the few that a quick look takes. */
  quick?: true
}

const recipes: readonly Recipe[] = [
  { name: 'plain photo', seed: 11, width: 1600, height: 1200 },
  { name: 'upright photo', seed: 12, width: 900, height: 1200, quick: true },
  { name: 'dark', seed: 13, width: 800, height: 600, lightness: -0.45 },
  { name: 'bright', seed: 14, width: 800, height: 600, lightness: 0.45 },
  { name: 'fine detail', seed: 15, width: 1024, height: 683, detail: 5, format: 'png', quick: true },
  { name: 'model size', seed: 16, width: 224, height: 224, format: 'png' },
  { name: 'square', seed: 17, width: 700, height: 700 },
  { name: 'mirrored (EXIF 2)', seed: 18, width: 640, height: 480, orientation: 2 },
  { name: 'upside down (EXIF 3)', seed: 19, width: 640, height: 480, orientation: 3 },
  { name: 'transposed (EXIF 5)', seed: 20, width: 640, height: 480, orientation: 5 },
  { name: 'turned right (EXIF 6)', seed: 21, width: 640, height: 480, orientation: 6, quick: true },
  { name: 'turned left (EXIF 8)', seed: 22, width: 640, height: 480, orientation: 8 },
  { name: 'transparent', seed: 23, width: 640, height: 480, variant: 'transparent', format: 'png', quick: true },
  { name: 'greyscale', seed: 24, width: 640, height: 480, variant: 'grey', quick: true },
  { name: 'greyscale PNG', seed: 25, width: 480, height: 640, variant: 'grey', format: 'png' },
  { name: 'panorama 8:1', seed: 26, width: 2000, height: 250, quick: true },
  { name: 'column 1:8', seed: 27, width: 250, height: 2000 },
  { name: 'strip 30:1', seed: 28, width: 900, height: 30, format: 'png' },
  { name: 'tiny 16 × 16', seed: 29, width: 16, height: 16, format: 'png' },
  { name: 'small 100 × 75', seed: 30, width: 100, height: 75, quick: true },
  { name: 'huge 6000 × 4000', seed: 31, width: 1500, height: 1000, enlarge: 4 },
  { name: 'just over model size', seed: 32, width: 240, height: 230, quick: true },
]

/** How many pictures `goldenPictures` makes. */
export function goldenCount(quick: boolean): number {
  return chosenRecipes(quick).length
}

/**
 * The golden set, one after the other: the same pictures on every computer (JPEG decoders may differ by a grey level).
 *
 * @param quick eight small ones of each kind instead of all
 */
export async function* goldenPictures(quick = false): AsyncGenerator<GoldenPicture, void, void> {
  for (const recipe of chosenRecipes(quick)) yield await paintPicture(recipe)
}

function chosenRecipes(quick: boolean): readonly Recipe[] {
  return quick ? recipes.filter((recipe) => recipe.quick) : recipes
}

async function paintPicture(recipe: Recipe): Promise<GoldenPicture> {
  const { name, orientation, variant, format } = recipe
  const scene = paintScene(recipe.width, recipe.height, recipe)
  const { width, height } = scene
  let picture: Sharp = sharp(scene.data, { raw: { width, height, channels: 3 } })
  if (recipe.enlarge !== undefined) picture = picture.resize(width * recipe.enlarge, height * recipe.enlarge)
  if (variant === 'grey') picture = picture.greyscale()
  if (variant === 'transparent')
    picture = picture.joinChannel(fadingMask(width, height), { raw: { width, height, channels: 1 } })
  if (orientation !== undefined) picture = picture.withMetadata({ orientation })
  return {
    name,
    type: format === 'png' ? 'image/png' : 'image/jpeg',
    bytes: await (format === 'png' ? picture.png({ compressionLevel: 3 }) : picture.jpeg({ quality: 90 })).toBuffer(),
    traits: { turned: orientation !== undefined, transparent: variant === 'transparent' },
  }
}

/** Opaque on the left, clear on the right. */
function fadingMask(width: number, height: number): Buffer {
  return Buffer.from(
    Uint8Array.from({ length: width * height }, (_, at) => {
      const share = (at % width) / width
      return share < 0.5 ? 255 : Math.round(510 * (1 - share))
    }),
  )
}

const probeStyles: readonly SceneStyle[] = [
  { seed: 101 },
  { seed: 102 },
  { seed: 103, detail: 4 },
  { seed: 104, lightness: -0.4 },
  { seed: 105, lightness: 0.35 },
  { seed: 106 },
  { seed: 107, detail: 2 },
  { seed: 108 },
]

/**
 * Eight pictures at the model's input size, painted there: no decoder takes part, so their bytes are the same on every
 * computer. Each height × width × 3 bytes RGB.
 */
export function probeScenes({ width, height }: Preprocessing): Uint8Array[] {
  const key = `${width} × ${height}`
  const painted = probes.get(key) ?? probeStyles.map((style) => paintScene(width, height, style).data)
  probes.set(key, painted)
  return painted.map((pixels) => pixels.slice())
}

/** Painting takes half a second, and every start of a scan through servers asks for them; 1.2 MB. */
const probes = new Map<string, readonly Uint8Array[]>()
