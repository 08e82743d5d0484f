import { expect, test } from 'vitest'
import { emptyMetadata } from '../../../../shared/contract/photo.ts'
import { explainedPair } from './explained-sample.ts'
import { cropSides, whyFacts } from './why-facts.ts'
import { againstSentence, whySentence } from './why-words.ts'

const locale = 'en-GB'
const crop = { of: 'b', left: 0.12, top: 0.1, width: 0.88, height: 0.886 } as const
const shot = (takenAt: string) => ({ metadata: { ...emptyMetadata, takenAt } })

test('what was done to the other photo is said in one sentence, the quality only where it is known', () => {
  const cropped = explainedPair({ relation: 'cropped', changes: ['cropped', 're-encoded'], crop })
  expect(whySentence(cropped, locale)).toBe('The same photo, cropped 22%, saved again at about quality 70.')
  const avif = {
    format: 'avif',
    width: 2000,
    height: 1500,
    quality: { ...cropped.b.quality, jpegQuality: null },
  } as const
  const smaller = explainedPair({ relation: 'resized', changes: ['resized', 're-encoded'] }, {}, { b: avif })
  expect(whySentence(smaller, locale)).toBe('The same photo, made smaller, saved as AVIF.')
  expect(whySentence(explainedPair({ relation: 'identical', changes: [] }), locale)).toBe(
    'The same file, byte for byte.',
  )
})

test('a crop is not taken for a smaller copy, and the reference may be the cropped one', () => {
  // Half of the picture in 1.5 times its pixels.
  const enlarged = { ...crop, left: 0, top: 0, width: 0.5, height: 1 }
  const changes = ['cropped', 'resized'] as const
  const b = { width: 3000, height: 3000 }
  const part = explainedPair({ relation: 'cropped', changes: [...changes], crop: enlarged }, {}, { b })
  expect(whySentence(part, locale)).toBe('The same photo, cropped 50%, made larger.')
  const whole = explainedPair({ relation: 'cropped', changes: ['cropped'], crop: { ...enlarged, of: 'a' } })
  expect(whySentence(whole, locale)).toBe('The same photo, of which a.jpg shows 50%.')
  const turned = explainedPair({ changes: ['rotated', 'mirrored'], orientation: 'transpose' })
  expect(whySentence(turned, locale)).toBe('The same photo, mirrored and turned by 90°.')
})

test('of what is only alike, it is said what speaks against it', () => {
  const times = { a: shot('2019-08-20T19:58:03'), b: shot('2019-08-20T19:58:05') }
  const burst = explainedPair({ relation: 'burst', changes: [] }, {}, { against: 'time', ...times })
  expect(whySentence(burst, locale)).toMatch(/^Shot twice/)
  expect(againstSentence(burst, locale)).toMatch(/two shots, 2 s apart/)
  const far = explainedPair({ relation: 'similar' }, null, {
    against: 'time',
    a: shot('2019-08-01T10:00:00'),
    b: times.b,
  })
  expect(againstSentence(far, locale)).toMatch(/two shots, 19 days apart/)
  const both = explainedPair({ relation: 'burst' }, { outside: 0.03 }, { against: 'framing', ...times })
  expect(againstSentence(both, locale)).toMatch(/two shots, 2 s apart\. Neither frame/)
  const framed = explainedPair({ relation: 'similar' }, { outside: 0.023 }, { against: 'framing' })
  expect(againstSentence(framed, locale)).toMatch(/at its edge that the other does not \(2\.3% of a side\)/)
  const apart = explainedPair({ relation: 'similar' }, null, { against: 'nothing-to-see' })
  expect(againstSentence(apart, locale)).toMatch(/do not show the same things in the same places/)
  expect(whyFacts(apart, locale).map(({ said }) => said)).toEqual(['Similarity 0.93'])
})

test('nothing speaks against equal bytes, whatever a look at plain pictures finds', () => {
  const same = explainedPair({ relation: 'same-pixels', confidence: null }, null, { against: 'nothing-to-see' })
  expect(againstSentence(same, locale)).toBeNull()
  const plain = explainedPair({ relation: 're-encoded' }, null, { against: 'nothing-to-see' })
  expect(againstSentence(plain, locale)).toMatch(/too little in these pictures/)
})

test('the numbers are told in plain words', () => {
  const cropped = explainedPair({ relation: 'cropped', changes: ['cropped'], crop })
  expect(whyFacts(cropped, locale).map(({ said }) => said)).toEqual([
    '58 of 60 patches show the same structure',
    'Those agree by 0.98',
    'Cropped 22%: 12% at the left, 10% at the top, 1.4% at the bottom',
    'One frame lies inside the other within 0.1%',
    'Patches lie within 0.1% of their place',
    'Brightness × 1.12 + 6',
    '97% confidence',
    'Similarity 0.93',
  ])
  expect(cropSides({ ...crop, left: 0.001, width: 0.999 }, locale)).toBe('10% at the top, 1.4% at the bottom')
})
