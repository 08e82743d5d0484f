import type { Orientation } from '../../../../shared/contract/groups.ts'

export type CompareMode = 'side' | 'split' | 'difference' | 'flicker'

/**
 * What the viewer shows. Zoom and place are shared by all pictures: `zoom` is a multiple of "fits its frame" and the centre is
 * a part of the picture (0–1), so that a photo and a smaller copy of it show the same detail at the same size.
 */
export interface CompareState {
  mode: CompareMode
  zoom: number
  centre: { x: number; y: number }
  /** Share of the width that shows the first picture in the split view. */
  split: number
  details: boolean
  /** Differences made eight times brighter. */
  amplified: boolean
  /** Photos shown, as indices of the group; the first is measured against. 2 to 4. */
  shown: readonly number[]
  /** Which of `shown` keys act on. */
  active: number
}

export const mostShown = 4
export const largestZoom = 32

export type CompareAction =
  | { type: 'group-opened'; photos: number; reference: number; photo: number }
  | { type: 'mode-chosen'; mode: CompareMode }
  /** Zooms about a point of the frame, given as a share of the picture at that point. */
  | { type: 'zoomed'; factor: number; at?: { x: number; y: number } }
  | { type: 'zoom-set'; zoom: number }
  /** By a share of the picture's shown size. */
  | { type: 'panned'; x: number; y: number }
  | { type: 'split-moved'; split: number }
  | { type: 'amplify-toggled' }
  | { type: 'details-toggled' }
  | { type: 'shown-toggled'; photo: number }
  | { type: 'activated'; slot: number }
  | { type: 'stepped'; by: 1 | -1 }

const middle = { x: 0.5, y: 0.5 }

export function openCompare(photos: number, reference: number, photo: number, details = true): CompareState {
  const order = [reference, photo, ...Array.from({ length: photos }, (_, index) => index)]
  const shown = [...new Set(order)].filter((index) => index >= 0 && index < photos).slice(0, mostShown)
  return {
    mode: 'side',
    zoom: 1,
    centre: middle,
    split: 0.5,
    details,
    amplified: false,
    shown,
    active: Math.max(0, shown.indexOf(photo)),
  }
}

const within = (value: number, low: number, high: number): number => Math.max(low, Math.min(value, high))

/** At least half the frame stays covered: the centre may come as near to an edge as half the visible part. */
function withCentre(state: CompareState, zoom: number, x: number, y: number): CompareState {
  if (zoom <= 1) return { ...state, zoom, centre: middle }
  const half = 0.5 / zoom
  return { ...state, zoom, centre: { x: within(x, half, 1 - half), y: within(y, half, 1 - half) } }
}

function zoomedBy(state: CompareState, factor: number, at: { x: number; y: number } | undefined): CompareState {
  const zoom = within(state.zoom * factor, 1, largestZoom)
  const { centre } = state
  if (at === undefined) return withCentre(state, zoom, centre.x, centre.y)
  // The point under the pointer stays under it.
  const ratio = state.zoom / zoom
  return withCentre(state, zoom, at.x + (centre.x - at.x) * ratio, at.y + (centre.y - at.y) * ratio)
}

function toggled(state: CompareState, photo: number): CompareState {
  const { shown } = state
  const at = shown.indexOf(photo)
  if (at >= 0) {
    if (shown.length <= 2) return { ...state, active: at }
    const rest = shown.filter((index) => index !== photo)
    return { ...state, shown: rest, active: Math.min(state.active, rest.length - 1) }
  }
  const kept = shown.length < mostShown ? shown : shown.slice(0, mostShown - 1)
  return { ...state, shown: [...kept, photo], active: kept.length }
}

export function reduceCompare(state: CompareState, action: CompareAction): CompareState {
  switch (action.type) {
    case 'group-opened': {
      const opened = openCompare(action.photos, action.reference, action.photo)
      const { mode, amplified, split, details } = state
      // One picture over another needs another one than the reference.
      const active = mode !== 'side' && opened.active === 0 ? 1 : opened.active
      return { ...opened, mode, amplified, split, details, active }
    }
    case 'mode-chosen': {
      const mode = state.mode === action.mode ? 'side' : action.mode
      // One picture over another needs another one: the active one, or the first beside the reference.
      const active = mode !== 'side' && state.active === 0 ? 1 : state.active
      return { ...state, mode, active }
    }
    case 'zoomed':
      return zoomedBy(state, action.factor, action.at)
    case 'zoom-set':
      return withCentre(state, within(action.zoom, 1, largestZoom), state.centre.x, state.centre.y)
    case 'panned':
      return withCentre(state, state.zoom, state.centre.x - action.x, state.centre.y - action.y)
    case 'split-moved':
      return { ...state, split: within(action.split, 0, 1) }
    case 'amplify-toggled':
      return { ...state, amplified: !state.amplified }
    case 'details-toggled':
      return { ...state, details: !state.details }
    case 'shown-toggled':
      return toggled(state, action.photo)
    case 'activated':
      return { ...state, active: within(action.slot, 0, state.shown.length - 1) }
    case 'stepped': {
      const lowest = state.mode === 'side' ? 0 : 1
      return { ...state, active: within(state.active + action.by, lowest, state.shown.length - 1) }
    }
  }
}

interface Size {
  width: number
  height: number
}

/** Whether an orientation swaps width and height. */
export function isTurned(orientation: Orientation | null): boolean {
  return orientation !== null && ['transpose', 'rotate-90', 'rotate-270', 'transverse'].includes(orientation)
}

/** Size of a picture that just fits its frame, CSS pixels. */
export function fitted(picture: Size, frame: Size): Size {
  if (picture.width <= 0 || picture.height <= 0) return { width: 0, height: 0 }
  const scale = Math.min(frame.width / picture.width, frame.height / picture.height)
  return { width: picture.width * scale, height: picture.height * scale }
}

/** The zoom at which one pixel of the photo is one CSS pixel; at least 1, since zoom never shrinks below the frame. */
export function fullSizeZoom(picture: Size, frame: Size): number {
  const fit = fitted(picture, frame)
  return fit.width > 0 ? within(picture.width / fit.width, 1, largestZoom) : 1
}

/** Where a picture lies in its frame, CSS pixels from the frame's corner. */
export function placed(
  picture: Size,
  frame: Size,
  state: Pick<CompareState, 'zoom' | 'centre'>,
): Size & { left: number; top: number } {
  const fit = fitted(picture, frame)
  const [width, height] = [fit.width * state.zoom, fit.height * state.zoom]
  return {
    width,
    height,
    left: frame.width / 2 - state.centre.x * width,
    top: frame.height / 2 - state.centre.y * height,
  }
}

const turns: Record<Orientation, string> = {
  identity: 'none',
  'mirror-horizontal': 'scaleX(-1)',
  'mirror-vertical': 'scaleY(-1)',
  'rotate-180': 'rotate(180deg)',
  transpose: 'rotate(90deg) scaleY(-1)',
  'rotate-90': 'rotate(90deg)',
  'rotate-270': 'rotate(270deg)',
  transverse: 'rotate(90deg) scaleX(-1)',
}

/** CSS transform that turns a photo to lie on the reference photo. */
export function turnOf(orientation: Orientation | null): string {
  return turns[orientation ?? 'identity']
}
