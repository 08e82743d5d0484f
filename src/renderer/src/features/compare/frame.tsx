import { useEffect, useRef, useState, type PointerEvent, type ReactNode } from 'react'
import { placed, type CompareAction, type CompareState } from './compare-state.ts'

interface Size {
  width: number
  height: number
}

interface FrameProps {
  /** The picture that zoom and pan are measured on. */
  picture: Size
  view: Pick<CompareState, 'zoom' | 'centre'>
  className?: string
  send(action: CompareAction): void
  onFrame?(frame: Size): void
  children(frame: Size): ReactNode
}

/** A window onto pictures: wheel zooms about the pointer, drag moves, double click goes between fit and full size. */
export function Frame({ picture, view, className, send, onFrame, children }: FrameProps): ReactNode {
  const element = useRef<HTMLDivElement>(null)
  const [frame, setFrame] = useState<Size | null>(null)
  const latest = useRef({ picture, view, frame })
  useEffect(() => {
    latest.current = { picture, view, frame }
  })
  useEffect(() => {
    if (element.current === null) return
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setFrame({ width: entry.contentRect.width, height: entry.contentRect.height })
    })
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    if (frame !== null) onFrame?.(frame)
  }, [frame, onFrame])
  useEffect(() => {
    const target = element.current
    if (target === null) return
    // React listens for wheels passively, so it could not keep the page from scrolling.
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault()
      const held = latest.current
      if (held.frame === null) return
      const box = target.getBoundingClientRect()
      const { left, top, width, height } = placed(held.picture, held.frame, held.view)
      const at = { x: (event.clientX - box.left - left) / width, y: (event.clientY - box.top - top) / height }
      send({ type: 'zoomed', factor: Math.exp(-event.deltaY / (event.ctrlKey ? 120 : 400)), at })
    }
    target.addEventListener('wheel', onWheel, { passive: false })
    return () => target.removeEventListener('wheel', onWheel)
  }, [send])
  const onPointerMove = (event: PointerEvent): void => {
    if (event.buttons !== 1 || frame === null) return
    const { width, height } = placed(picture, frame, view)
    send({ type: 'panned', x: event.movementX / width, y: event.movementY / height })
  }
  return (
    <div
      ref={element}
      className={`compare-frame ${className ?? ''}`}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onPointerMove}
    >
      {frame === null ? null : children(frame)}
    </div>
  )
}
