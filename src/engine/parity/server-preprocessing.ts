import type { ParityFault } from '../../shared/contract/servers.ts'
import type { Preprocessing } from '../../shared/contract/photo.ts'
import { throwIfCancelled } from '../../shared/errors.ts'
import { bestExplanation, namingLimits, type Explanation } from '../embedding/parity-faults.ts'
import { measureAgreement, type Spread } from '../embedding/parity-measure.ts'
import { parityLimits } from '../embedding/parity-verdict.ts'
import { serverPixels, type ServerResize } from '../imaging/server-pixels.ts'
import type { ParityPicture } from './golden-set.ts'
import type { Embed } from './name-mistakes.ts'

/** Pictures that ways of resizing are tried on, and the largest file of them. */
const picturesTried = 10
const largestTriedBytes = 1_000_000

export interface NamedDifference {
  fault: ParityFault
  message: string
}

/** What a server answered to an untouched file. */
export interface EncodedAnswer {
  picture: ParityPicture & { file: NonNullable<ParityPicture['file']> }
  answer: Float32Array
  /** The twin's vector of our pixels for it. */
  right: Float32Array
}

interface ResizeMistake {
  how: Omit<ServerResize, 'oriented'>
  faults: NamedDifference[]
}

const stretched = {
  fault: 'stretched',
  message: 'It stretches pictures to the input instead of cropping the centre.',
} as const
const bilinear = { fault: 'bilinear', message: 'It resizes bilinearly instead of bicubically.' } as const
const aliased = {
  fault: 'bilinear',
  message: 'It resizes bilinearly without antialiasing instead of bicubically.',
} as const

const resizeMistakes: readonly ResizeMistake[] = [
  { how: { resize: 'stretch', kernel: 'bicubic' }, faults: [stretched] },
  { how: { resize: 'shortest-side-crop', kernel: 'bilinear' }, faults: [bilinear] },
  { how: { resize: 'shortest-side-crop', kernel: 'bilinear-sharp' }, faults: [aliased] },
  { how: { resize: 'stretch', kernel: 'bilinear' }, faults: [stretched, bilinear] },
  { how: { resize: 'stretch', kernel: 'bilinear-sharp' }, faults: [stretched, aliased] },
]

/** A reference model that crops needs the other way about; one that stretches is only told by its kernel. */
function mistakesFor(preprocessing: Preprocessing): readonly ResizeMistake[] {
  if (preprocessing.resize === 'shortest-side-crop') return resizeMistakes
  return resizeMistakes.filter(({ how }) => how.resize === 'stretch' && how.kernel !== 'bicubic')
}

/**
 * Names what a server's own preprocessing does otherwise than Twinlens: resizing, EXIF orientation, transparency. None of it
 * touches scans, which send pictures that need no preprocessing.
 *
 * @param scale of the twin's right vectors on the whole set
 * @param embed the twin, with whatever mistake the server makes after resizing
 */
export async function nameServerPreprocessing(
  answers: readonly EncodedAnswer[],
  preprocessing: Preprocessing,
  scale: Spread,
  embed: Embed,
  signal: AbortSignal | undefined,
): Promise<NamedDifference[]> {
  const fits = ({ picture }: EncodedAnswer): boolean => picture.file.bytes.length <= largestTriedBytes
  const upright = answers.filter(({ picture }) => !picture.traits.turned && !picture.traits.transparent && !picture.own)
  const turned = answers.filter((answer) => answer.picture.traits.turned && fits(answer)).slice(0, picturesTried)
  const transparent = answers.filter(({ picture }) => picture.traits.transparent && !picture.own)
  const resized = upright.filter(fits).slice(0, picturesTried)
  const right: Omit<ServerResize, 'oriented'> = { resize: preprocessing.resize, kernel: 'bicubic' }
  const named = await explain(
    resized,
    [right, ...mistakesFor(preprocessing).map(({ how }) => how)].map((how) => ({ ...how, oriented: true })),
    { preprocessing, scale, embed, signal },
  )
  const how = named?.mistake ?? { ...right, oriented: true }
  const mistake = mistakesFor(preprocessing).find(
    (each) => each.how.kernel === how.kernel && each.how.resize === how.resize,
  )
  const differences: NamedDifference[] = [...(mistake?.faults ?? [])]
  const left = named?.meanUnexplained ?? 0
  if (left > parityLimits.losslessUnexplained) {
    differences.push({ fault: 'unknown', message: 'It prepares pictures in another way than Twinlens.' })
  }
  const ignoring = await explain(
    turned,
    [true, false].map((oriented) => ({ ...how, oriented })),
    { preprocessing, scale, embed, signal },
  )
  if (ignoring !== null && !ignoring.mistake.oriented) {
    differences.push({ fault: 'exif-ignored', message: 'It ignores the EXIF orientation of photos.' })
  }
  const background = await explain(transparent, [{ ...how, oriented: true }], { preprocessing, scale, embed, signal })
  if (background !== null && background.meanUnexplained > left + parityLimits.lossyUnexplained) {
    differences.push({ fault: 'unknown', message: 'It lays transparent pictures on another background than white.' })
  }
  return differences
}

interface Tools {
  preprocessing: Preprocessing
  scale: Spread
  embed: Embed
  signal: AbortSignal | undefined
}

/** The first way unless another one fits clearly better; with what it leaves unexplained. Null without pictures. */
async function explain(
  answers: readonly EncodedAnswer[],
  ways: readonly ServerResize[],
  { preprocessing, scale, embed, signal }: Tools,
): Promise<{ mistake: ServerResize; meanUnexplained: number } | null> {
  const [first, ...others] = ways
  if (answers.length === 0 || first === undefined) return null
  const told = answers.map(({ answer }) => answer)
  const vectorsOf = async (how: ServerResize): Promise<Float32Array[]> => {
    const pixels: Uint8Array[] = []
    for (const { picture } of answers) {
      throwIfCancelled(signal)
      pixels.push(await serverPixels(picture.file.bytes, preprocessing, how))
    }
    return embed(pixels)
  }
  const right = measureAgreement(await vectorsOf(first), told, scale)
  if (right.meanUnexplained <= namingLimits.noise) return { mistake: first, meanUnexplained: right.meanUnexplained }
  const explanations: Explanation<ServerResize>[] = []
  for (const how of others) explanations.push({ mistake: how, vectors: await vectorsOf(how) })
  const best = bestExplanation(told, right, explanations, scale)
  if (best === null) return { mistake: first, meanUnexplained: right.meanUnexplained }
  return { mistake: best.mistake, meanUnexplained: best.agreement.meanUnexplained }
}
