import { useState, type ReactNode } from 'react'
import type { GroupPhoto, Orientation } from '../../../../shared/contract/groups.ts'
import { pictureUrl, thumbnailUrl } from '../../lib/photo-url.ts'
import { isTurned, placed, turnOf, type CompareState } from './compare-state.ts'

interface PictureProps {
  photo: GroupPhoto
  /** How it is turned to lie on the reference photo; null shows it as it is. */
  turn: Orientation | null
  frame: { width: number; height: number }
  view: Pick<CompareState, 'zoom' | 'centre'>
  /** Stretched to this shape, so that a copy with other proportions lies on the first picture. */
  shape?: { width: number; height: number }
  className?: string
}

const firstSide = 2048
const largestSide = 8192

/** A photo as it stands once it is turned. */
export function turnedSize(photo: GroupPhoto, turn: Orientation | null): { width: number; height: number } {
  return isTurned(turn) ? { width: photo.height, height: photo.width } : { width: photo.width, height: photo.height }
}

/** One picture in its frame; the thumbnail lies under it until it has come, a larger one is fetched when zoom asks for it. */
export function Picture({ photo, turn, frame, view, shape, className }: PictureProps): ReactNode {
  const size = turnedSize(photo, turn)
  const { left, top, width, height } = placed(shape ?? size, frame, view)
  const turned = isTurned(turn)
  const shownSide = Math.max(width, height) * window.devicePixelRatio
  const [large, setLarge] = useState(false)
  const [failed, setFailed] = useState(false)
  if (!large && shownSide > firstSide * 1.1 && Math.max(size.width, size.height) > firstSide) setLarge(true)
  const box = {
    width: turned ? height : width,
    height: turned ? width : height,
    transform: `translate(-50%, -50%) ${turnOf(turn) === 'none' ? '' : turnOf(turn)}`,
  }
  const crisp = shownSide > Math.max(size.width, size.height) * 2.5
  return (
    <div className={`compare-picture ${crisp ? 'crisp' : ''} ${className ?? ''}`} style={{ left, top, width, height }}>
      <img src={thumbnailUrl(photo.id)} alt="" draggable={false} style={box} />
      {failed ? null : (
        <img
          src={pictureUrl(photo.id, firstSide)}
          alt={photo.name}
          draggable={false}
          style={box}
          onError={() => setFailed(true)}
        />
      )}
      {large ? <img src={pictureUrl(photo.id, largestSide)} alt="" draggable={false} style={box} /> : null}
    </div>
  )
}
