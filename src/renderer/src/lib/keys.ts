import { useEffect, useRef } from 'react'

/** Every key of the app, for the list under `?`. `Mod` is Ctrl, or ⌘ on a Mac. */
export const keyList: readonly { title: string; keys: readonly { keys: string; does: string }[] }[] = [
  {
    title: 'Review',
    keys: [
      { keys: '← → ↑ ↓', does: 'Move between photos and groups' },
      { keys: 'Space', does: 'Keep or remove the photo' },
      { keys: 'Enter', does: 'Compare the group' },
      { keys: 'W', does: 'Why? A close look at the photo and the reference' },
      { keys: 'K', does: 'Keep all photos of the group' },
      { keys: '1 – 4', does: 'Keep only that photo' },
      { keys: 'A', does: 'Apply the suggestion' },
      { keys: 'X', does: 'Not duplicates, or not alike' },
      { keys: 'N / P', does: 'Next or previous group' },
      { keys: '/', does: 'Search' },
      { keys: 'Mod+Z', does: 'Undo the last decision' },
      { keys: 'Mod+Enter', does: 'Clean up' },
    ],
  },
  {
    title: 'Compare',
    keys: [
      { keys: '+ / −', does: 'Zoom in or out' },
      { keys: 'Z', does: '100 %, and back to fit' },
      { keys: 'D', does: 'Difference' },
      { keys: 'S', does: 'Split view' },
      { keys: 'F', does: 'Flicker' },
      { keys: 'I', does: 'Show or hide details' },
      { keys: 'W', does: 'Why?' },
      { keys: '1 – 4', does: 'Keep only that photo' },
      { keys: 'N / P', does: 'Next or previous group' },
      { keys: 'Esc', does: 'Back' },
    ],
  },
  {
    title: 'Why?',
    keys: [
      { keys: 'S', does: 'Slider' },
      { keys: 'F', does: 'Flicker' },
      { keys: 'D', does: 'Difference' },
      { keys: 'M', does: 'Show or hide the marks of patches' },
      { keys: 'Esc', does: 'Back' },
    ],
  },
  {
    title: 'Everywhere',
    keys: [
      { keys: '?', does: 'This list' },
      { keys: 'Esc', does: 'Back' },
    ],
  },
]

export function keyName(keys: string, platform: string): string {
  return keys.replace('Mod+', platform === 'darwin' ? '⌘' : 'Ctrl+')
}

/** The name of a key press: 'k', 'ArrowLeft', 'mod+z', ' '. Shift is left to the character it makes. */
export function pressedKey(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): string {
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key
  if (event.altKey) return `alt+${name}`
  return event.ctrlKey || event.metaKey ? `mod+${name}` : name
}

/** Typing goes to the field that has the focus; only Esc and Mod combinations other than undo pass it by. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
}

/**
 * Listens for keys on the whole window while mounted and `active`.
 * @param onKey returns true when the key was meant for it; the browser then does nothing more with it
 */
export function useKeys(onKey: (key: string, event: KeyboardEvent) => boolean, active = true): void {
  const latest = useRef(onKey)
  useEffect(() => {
    latest.current = onKey
  })
  useEffect(() => {
    if (!active) return
    const listener = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return
      const key = pressedKey(event)
      if (isTyping(event.target) && key !== 'Escape' && key !== 'mod+Enter') return
      if (latest.current(key, event)) event.preventDefault()
    }
    window.addEventListener('keydown', listener)
    return () => window.removeEventListener('keydown', listener)
  }, [active])
}
