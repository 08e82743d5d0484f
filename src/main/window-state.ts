import { readFileSync, writeFileSync } from 'node:fs'
import { screen, type BrowserWindow } from 'electron'
import { z } from 'zod'

export const minimumSize = { width: 900, height: 600 } as const

const WindowState = z.object({
  position: z.object({ x: z.number().int(), y: z.number().int() }).nullable(),
  width: z.number().int().min(minimumSize.width).max(20_000),
  height: z.number().int().min(minimumSize.height).max(20_000),
  maximized: z.boolean(),
})
type WindowState = z.infer<typeof WindowState>

/** The window as it was left; a first window, or one whose screen is gone, stands in the middle. */
export function readWindowState(file: string): WindowState {
  try {
    const state = WindowState.parse(JSON.parse(readFileSync(file, 'utf8')))
    return isOnScreen(state.position) ? state : { ...state, position: null }
  } catch {
    return { position: null, width: 1280, height: 860, maximized: false }
  }
}

function isOnScreen(position: WindowState['position']): boolean {
  if (position === null) return false
  const { x, y } = position
  return screen.getAllDisplays().some(({ workArea: area }) => {
    const insideX = x >= area.x - 50 && x < area.x + area.width - 100
    const insideY = y >= area.y - 50 && y < area.y + area.height - 100
    return insideX && insideY
  })
}

/** Writes the window's place when it closes. A place that cannot be written is not worth a message. */
export function keepWindowState(window: BrowserWindow, file: string): void {
  window.on('close', () => {
    const { x, y, width, height } = window.getNormalBounds()
    const state: WindowState = { position: { x, y }, width, height, maximized: window.isMaximized() }
    try {
      writeFileSync(file, JSON.stringify(state), { mode: 0o600 })
    } catch (error) {
      console.error('The window’s place could not be kept:', error)
    }
  })
}
