import { Check, Dot, X } from 'lucide-react'
import type { PointerEvent, ReactNode } from 'react'
import type { PairLook } from '../../../../shared/contract/groups.ts'
import { Thumbnail } from '../../components/thumbnail.tsx'
import { formatPlural } from '../../lib/format.ts'
import { useFlicker } from '../../lib/use-flicker.ts'
import type { AskedPair } from '../../lib/why-request.ts'
import { BytePicture } from './byte-picture.tsx'
import { PatchMarks } from './patch-marks.tsx'
import type { WhyAction, WhyState } from './why-state.ts'

type Aligned = NonNullable<PairLook['aligned']>

interface StageProps {
  pair: AskedPair
  aligned: Aligned
  state: WhyState
  send(action: WhyAction): void
}

interface PlateProps {
  aligned: Aligned
  marks: boolean
  caption: string
  className?: string
  onPointer?: (event: PointerEvent<HTMLDivElement>) => void
  children: ReactNode
}

/** Pictures that lie on one another, with the patches drawn over them. */
function Plate({ aligned, marks, caption, className, onPointer, children }: PlateProps): ReactNode {
  const { width, height } = aligned
  return (
    <figure className={`why-plate ${className ?? ''}`}>
      <div
        className="why-picture"
        style={{ aspectRatio: `${width} / ${height}`, maxWidth: `calc(var(--why-height) * ${width / height})` }}
        onPointerDown={onPointer}
        onPointerMove={onPointer}
      >
        {children}
        {marks ? <PatchMarks patches={aligned.patches} width={width} height={height} /> : null}
      </div>
      <figcaption className="clip" title={caption}>
        {caption}
      </figcaption>
    </figure>
  )
}

function SideBySide({ pair, aligned, state }: StageProps): ReactNode {
  return (
    <div className="why-sides">
      {(['a', 'b'] as const).map((side) => (
        <Plate key={side} aligned={aligned} marks={state.marks} caption={pair[side].name}>
          <BytePicture bytes={aligned[side]} label={`${pair[side].name}, aligned`} />
        </Plate>
      ))}
    </div>
  )
}

function Slider({ pair, aligned, state, send }: StageProps): ReactNode {
  const move = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons !== 1) return
    const box = event.currentTarget.getBoundingClientRect()
    send({ type: 'split-moved', split: (event.clientX - box.left) / box.width })
  }
  return (
    <>
      <Plate
        aligned={aligned}
        marks={state.marks}
        caption={`Left of the line ${pair.a.name}, right of it ${pair.b.name}`}
        className="slider"
        onPointer={move}
      >
        <BytePicture bytes={aligned.a} label={`${pair.a.name}, aligned`} />
        <div className="why-above" style={{ clipPath: `inset(0 0 0 ${state.split * 100}%)` }}>
          <BytePicture bytes={aligned.b} label={`${pair.b.name}, aligned`} />
        </div>
        <div className="why-line" style={{ left: `${state.split * 100}%` }} />
      </Plate>
      <input
        type="range"
        aria-label="Place of the line"
        min={0}
        max={100}
        value={Math.round(state.split * 100)}
        onChange={(event) => send({ type: 'split-moved', split: Number(event.target.value) / 100 })}
      />
    </>
  )
}

function Flicker({ pair, aligned, state }: StageProps): ReactNode {
  const [second, swap] = useFlicker(true)
  return (
    <Plate
      aligned={aligned}
      marks={state.marks}
      caption={second ? pair.b.name : pair.a.name}
      onPointer={(event) => event.type === 'pointerdown' && swap()}
    >
      <BytePicture bytes={aligned.a} label={`${pair.a.name}, aligned`} />
      <div className="why-above" style={{ visibility: second ? 'visible' : 'hidden' }}>
        <BytePicture bytes={aligned.b} label={`${pair.b.name}, aligned`} />
      </div>
    </Plate>
  )
}

function Difference({ aligned, state }: StageProps): ReactNode {
  return (
    <Plate aligned={aligned} marks={state.marks} caption="White where the tones agree, darker the more they differ">
      <BytePicture bytes={aligned.difference} label="Difference of the two, aligned" />
    </Plate>
  )
}

const stages = { side: SideBySide, slider: Slider, flicker: Flicker, difference: Difference }

function Legend({ aligned: { patches, agreeing, counted } }: { aligned: Aligned }): ReactNode {
  const plain = patches.filter(({ verdict }) => verdict === 'plain').length
  const entries = [
    { icon: Check, count: agreeing, means: 'alike' },
    { icon: X, count: counted - agreeing, means: 'not alike' },
    { icon: Dot, count: plain, means: 'with nothing to compare' },
  ]
  return (
    <ul className="why-legend" aria-label="Marks of the patches">
      {entries
        .filter(({ count }) => count > 0)
        .map(({ icon: Icon, count, means }) => (
          <li key={means}>
            <Icon size={14} strokeWidth={2.5} aria-hidden /> {formatPlural(count, 'patch', 'patches')} {means}
          </li>
        ))}
    </ul>
  )
}

/** Both photos as they lie on one another; where no way was found, as they are. */
export function WhyStage(props: Omit<StageProps, 'aligned'> & { aligned: Aligned | null }): ReactNode {
  const { pair, aligned, state } = props
  if (aligned === null) {
    return (
      <div className="why-sides" data-testid="why-unaligned">
        {[pair.a, pair.b].map((photo) => (
          <figure key={photo.id} className="why-plate as-it-is">
            <Thumbnail photoId={photo.id} />
            <figcaption className="clip">{photo.name}</figcaption>
          </figure>
        ))}
      </div>
    )
  }
  const Stage = stages[state.view]
  return (
    <>
      <Stage {...props} aligned={aligned} />
      {state.marks ? <Legend aligned={aligned} /> : null}
    </>
  )
}
