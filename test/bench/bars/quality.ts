import type { ScanResult } from '../../../src/shared/contract/scan-result.ts'
import { measureQuality, type Quality } from '../../support/measure-quality.ts'
import type { Rate } from '../../support/rate.ts'
import { measured, type BarResult } from '../bar.ts'
import type { Bench } from '../workspace.ts'

const whole = ['metadata-only', 'format', 're-encoded', 'resized', 'messenger', 'exif-rotated'] as const

/** What default settings find in the generated library, against its truth. */
export function benchQuality(bench: Bench, result: ScanResult): { bars: BarResult[]; quality: Quality } {
  const quality = measureQuality(bench.library.truth, result, bench.library.folder)
  const bar = (name: string, least: number, rate: Rate): BarResult =>
    measured(name, { side: 'at-least', value: least, unit: 'share' }, [rate.value ?? NaN], `${rate.hits} of ${rate.of}`)
  const { overall, tiers } = quality
  const bars = [
    bar('identical files: precision', 1, tiers.exact.precision),
    bar('identical files: recall', 1, tiers.exact.recallByKind.exact),
    bar('precision, made-up traps and tiles of one photo left out', 0.97, overall.precisionWithoutTraps),
    bar('precision, everything counted', 0.97, overall.precision),
    ...whole.map((kind) => bar(`recall, ${kind}`, 1, overall.recallByKind[kind])),
    bar('recall, rotated', 0.99, overall.recallByKind.rotated),
    bar('recall, mirrored', 0.99, overall.recallByKind.mirrored),
  ]
  return { bars, quality }
}
