import type { PointerEvent, ReactNode } from 'react'
import type { GroupPhoto } from '../../../../shared/contract/groups.ts'
import { useFlicker } from '../../lib/use-flicker.ts'
import type { CompareAction, CompareState } from './compare-state.ts'
import { Frame } from './frame.tsx'
import { Picture, turnedSize } from './picture.tsx'

interface OverlayProps {
  first: GroupPhoto
  second: GroupPhoto
  state: CompareState
  send(action: CompareAction): void
  onFrame(frame: { width: number; height: number }): void
}

function Divider({ split, send }: { split: number; send(action: CompareAction): void }): ReactNode {
  const move = (event: PointerEvent): void => {
    if (event.buttons !== 1) return
    event.stopPropagation()
    const frame = event.currentTarget.parentElement?.getBoundingClientRect()
    if (frame) send({ type: 'split-moved', split: (event.clientX - frame.left) / frame.width })
  }
  return (
    <div
      className="compare-divider"
      role="slider"
      tabIndex={0}
      aria-label="Place of the split"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(split * 100)}
      style={{ left: `${split * 100}%` }}
      onPointerDown={(event) => {
        event.stopPropagation()
        event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={move}
      onKeyDown={(event) => {
        const by = event.key === 'ArrowLeft' ? -0.02 : event.key === 'ArrowRight' ? 0.02 : 0
        if (by === 0) return
        event.preventDefault()
        event.stopPropagation()
        send({ type: 'split-moved', split: split + by })
      }}
    />
  )
}

/** Two photos on one another: split, difference or flicker. The second is turned to lie on the first. */
export function Overlay({ first, second, state, send, onFrame }: OverlayProps): ReactNode {
  const [showSecond, swap] = useFlicker(state.mode === 'flicker')
  const shape = turnedSize(first, null)
  const turn = second.link?.orientation ?? null
  const difference = state.mode === 'difference'
  const classes = [difference ? 'difference' : '', difference && state.amplified ? 'amplified' : '']
  const above = (frame: { width: number; height: number }): ReactNode => (
    <Picture
      key={second.id}
      photo={second}
      turn={turn}
      frame={frame}
      view={state}
      shape={shape}
      className={difference ? 'above difference' : 'above'}
    />
  )
  return (
    <Frame picture={shape} view={state} className={classes.filter(Boolean).join(' ')} send={send} onFrame={onFrame}>
      {(frame) => (
        <>
          <Picture key={first.id} photo={first} turn={null} frame={frame} view={state} />
          {state.mode === 'split' ? (
            <>
              <div className="compare-clip" style={{ clipPath: `inset(0 0 0 ${state.split * 100}%)` }}>
                {above(frame)}
              </div>
              <Divider split={state.split} send={send} />
            </>
          ) : null}
          {difference ? above(frame) : null}
          {state.mode === 'flicker' ? (
            <div
              className="compare-clip"
              style={{ visibility: showSecond ? 'visible' : 'hidden' }}
              onDoubleClick={swap}
            >
              {above(frame)}
            </div>
          ) : null}
          {difference ? null : (
            <>
              {state.mode === 'flicker' && showSecond ? null : (
                <span className="compare-names first clip">{first.name}</span>
              )}
              {state.mode === 'flicker' && !showSecond ? null : (
                <span className="compare-names second clip">{second.name}</span>
              )}
            </>
          )}
        </>
      )}
    </Frame>
  )
}
