import { useEffect, useState, type ReactNode } from 'react'
import type { PhotoDetails } from '../../../../shared/contract/calls.ts'
import type { GroupPhoto, ReviewSection } from '../../../../shared/contract/groups.ts'
import { attempt, callEngine } from '../../lib/engine.ts'
import { detailRows, relationText } from './detail-rows.ts'

function useDetails(photoIds: readonly number[]): readonly PhotoDetails[] {
  const [known, setKnown] = useState<ReadonlyMap<number, PhotoDetails>>(new Map())
  const wanted = photoIds.join(' ')
  useEffect(() => {
    let current = true
    const ids = wanted === '' ? [] : wanted.split(' ').map(Number)
    void attempt('read the photos’ details', async () => {
      const read = await Promise.all(ids.map((photoId) => callEngine('photo.details', { photoId })))
      if (current) setKnown(new Map(read.map((details) => [details.id, details])))
    })
    return () => {
      current = false
    }
  }, [wanted])
  return photoIds.map((id) => known.get(id)).filter((details) => details !== undefined)
}

/** What the files say, side by side; rows that differ are marked by colour, weight and a sign. */
export function DetailsTable({ photos, tier }: { photos: readonly GroupPhoto[]; tier: ReviewSection }): ReactNode {
  const details = useDetails(photos.map((photo) => photo.id))
  const told = details.map(({ id }) => relationText(photos.find((photo) => photo.id === id)?.link ?? null, tier))
  return (
    <aside className={`compare-side count-${photos.length}`} aria-label="Details" tabIndex={0}>
      <table data-testid="compare-details">
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Field</span>
            </th>
            {details.map((photo) => (
              <th key={photo.id} scope="col">
                {photo.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {detailRows(details, told).map((row) => (
            <tr key={row.name} className={row.differs ? 'differs' : undefined}>
              <th scope="row">
                {row.name}
                {row.differs ? (
                  <>
                    {' '}
                    <span aria-hidden>≠</span>
                    <span className="visually-hidden">(differs)</span>
                  </>
                ) : null}
              </th>
              {row.values.map((value, index) => (
                <td key={details[index]?.id ?? index}>{value === '' ? '–' : value}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </aside>
  )
}
