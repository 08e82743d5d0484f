import './compare.css'
import { Dialog } from 'radix-ui'
import { useCallback, useEffect, useReducer, useRef, useState, type ReactNode } from 'react'
import type { GroupPhoto } from '../../../../shared/contract/groups.ts'
import { Thumbnail } from '../../components/thumbnail.tsx'
import { pressedKey } from '../../lib/keys.ts'
import type { ViewerProps } from '../../lib/viewer-props.ts'
import { askWhy } from '../../lib/why-request.ts'
import { CompareBar } from './compare-bar.tsx'
import { fullSizeZoom, openCompare, reduceCompare, type CompareAction, type CompareState } from './compare-state.ts'
import { DetailsTable } from './details-table.tsx'
import { Frame } from './frame.tsx'
import { Overlay } from './overlay.tsx'
import { Picture, turnedSize } from './picture.tsx'
import { Verdict } from './verdict.tsx'

/** CSS pixels; in a narrower window the details open on request. */
const roomyWidth = 1020

interface StageProps {
  shown: readonly GroupPhoto[]
  props: ViewerProps
  state: CompareState
  send(action: CompareAction): void
  onFrame(frame: { width: number; height: number }): void
}

function SideBySide({ shown, props, state, send, onFrame }: StageProps): ReactNode {
  return (
    <div className={`compare-stage count-${shown.length}`}>
      {shown.map((photo, slot) => (
        <div
          key={photo.id}
          className={slot === state.active ? 'compare-pane active' : 'compare-pane'}
          data-testid="compare-pane"
          onPointerDownCapture={() => send({ type: 'activated', slot })}
        >
          <Frame
            picture={turnedSize(photo, null)}
            view={state}
            send={send}
            {...(slot === state.active ? { onFrame } : {})}
          >
            {(frame) => <Picture photo={photo} turn={null} frame={frame} view={state} />}
          </Frame>
          <Verdict
            photo={photo}
            tier={props.group.tier}
            number={slot + 1}
            onToggle={() => props.onToggle(props.group.photos.indexOf(photo))}
            onKeepOnly={() => props.onKeepOnly(props.group.photos.indexOf(photo))}
            onWhy={() => askWhy(props.group.photos, props.group.photos.indexOf(photo))}
          />
        </div>
      ))}
    </div>
  )
}

function OnOneAnother({ shown, props, state, send, onFrame }: StageProps): ReactNode {
  const slot = Math.max(1, state.active)
  const [first, second] = [shown[0], shown[slot]]
  if (first === undefined || second === undefined) return null
  const caption = (photo: GroupPhoto, number: number): ReactNode => (
    <Verdict
      photo={photo}
      tier={props.group.tier}
      number={number}
      onToggle={() => props.onToggle(props.group.photos.indexOf(photo))}
      onKeepOnly={() => props.onKeepOnly(props.group.photos.indexOf(photo))}
      onWhy={() => askWhy(props.group.photos, props.group.photos.indexOf(photo))}
    />
  )
  return (
    <div className="compare-pane">
      <Overlay first={first} second={second} state={state} send={send} onFrame={onFrame} />
      <div className="compare-stage count-2">
        {caption(first, 1)}
        {caption(second, slot + 1)}
      </div>
    </div>
  )
}

/** Keys of the viewer. @returns whether the key meant something */
function actOnKey(
  key: string,
  props: ViewerProps,
  state: CompareState,
  fullSize: number,
  send: (action: CompareAction) => void,
): boolean {
  const photoIn = (slot: number): number => state.shown[slot] ?? -1
  const keyActs: Partial<Record<string, () => void>> = {
    n: props.onNext,
    p: props.onPrevious,
    ArrowDown: props.onNext,
    ArrowUp: props.onPrevious,
    ArrowLeft: () => send({ type: 'stepped', by: -1 }),
    ArrowRight: () => send({ type: 'stepped', by: 1 }),
    ' ': () => props.onToggle(photoIn(state.active)),
    k: props.onKeepAll,
    a: props.onSuggest,
    x: props.onDismiss,
    z: () => send({ type: 'zoom-set', zoom: state.zoom > 1 ? 1 : fullSize }),
    '0': () => send({ type: 'zoom-set', zoom: 1 }),
    '+': () => send({ type: 'zoomed', factor: 1.4 }),
    '=': () => send({ type: 'zoomed', factor: 1.4 }),
    '-': () => send({ type: 'zoomed', factor: 1 / 1.4 }),
    d: () => send({ type: 'mode-chosen', mode: 'difference' }),
    s: () => send({ type: 'mode-chosen', mode: 'split' }),
    f: () => send({ type: 'mode-chosen', mode: 'flicker' }),
    i: () => send({ type: 'details-toggled' }),
    w: () => askWhy(props.group.photos, photoIn(state.active)),
    'mod+z': props.onUndo,
  }
  if (['1', '2', '3', '4'].includes(key)) {
    if (photoIn(Number(key) - 1) >= 0) props.onKeepOnly(photoIn(Number(key) - 1))
    return true
  }
  const act = keyActs[key]
  act?.()
  return act !== undefined
}

function Strip({
  photos,
  state,
  send,
}: {
  photos: readonly GroupPhoto[]
  state: CompareState
  send(action: CompareAction): void
}): ReactNode {
  return (
    <div className="compare-strip" role="group" aria-label="All photos of the group">
      {photos.map((photo, index) => (
        <button
          key={photo.id}
          type="button"
          aria-pressed={state.shown.includes(index)}
          aria-label={`Show ${photo.name}`}
          title={photo.name}
          onClick={() => send({ type: 'shown-toggled', photo: index })}
        >
          <Thumbnail photoId={photo.id} />
        </button>
      ))}
    </div>
  )
}

/** Two to four photos of a group, looked at closely; every decision can be made here, group after group. */
export function CompareViewer(props: ViewerProps): ReactNode {
  const { group } = props
  const reference = Math.max(
    0,
    group.photos.findIndex((photo) => photo.reference),
  )
  const [state, send] = useReducer(reduceCompare, null, () =>
    openCompare(group.photos.length, reference, props.photo, window.innerWidth >= roomyWidth),
  )
  const [frame, setFrame] = useState({ width: 1, height: 1 })
  const opened = useRef(group.id)
  useEffect(() => {
    if (opened.current === group.id) return
    opened.current = group.id
    send({ type: 'group-opened', photos: group.photos.length, reference, photo: props.photo })
  }, [group, reference, props.photo])
  const onFrame = useCallback((next: { width: number; height: number }) => setFrame(next), [])
  // Between two groups the former one's places may not exist in the new one for one drawing.
  const shown = state.shown.map((index) => group.photos[index]).filter((photo) => photo !== undefined)
  const active = shown[state.active] ?? shown[0]
  const fullSize = active === undefined ? 1 : fullSizeZoom(turnedSize(active, null), frame)
  const second = shown[Math.max(1, state.active)]
  const told = state.mode === 'side' || second === undefined ? shown : [...shown.slice(0, 1), second]
  const stage: StageProps = { shown, props, state, send, onFrame }
  return (
    <Dialog.Root open onOpenChange={(open) => (open ? undefined : props.onClose())}>
      <Dialog.Portal>
        <Dialog.Content
          className="compare"
          data-testid="compare"
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            event.preventDefault()
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus()
          }}
          onCloseAutoFocus={(event) => event.preventDefault()}
          onKeyDown={(event) => {
            const key = pressedKey(event)
            const onButton = event.target instanceof HTMLElement && event.target.closest('button') !== null
            if (onButton && (key === ' ' || key === 'Enter')) return
            if (actOnKey(key, props, state, fullSize, send)) event.preventDefault()
          }}
        >
          <CompareBar props={props} state={state} fullSize={fullSize} send={send} />
          {state.mode === 'side' ? <SideBySide {...stage} /> : <OnOneAnother {...stage} />}
          {state.details ? <DetailsTable photos={told} tier={group.tier} /> : null}
          {group.photos.length > 2 ? <Strip photos={group.photos} state={state} send={send} /> : null}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
