import { useEffect, useSyncExternalStore } from 'react'
import type { Settings } from '../../../shared/contract/calls.ts'

/** Puts the theme on the page and follows the system's while that is the choice. */
export function useTheme(theme: Settings['theme']): void {
  useEffect(() => {
    const system = window.matchMedia('(prefers-color-scheme: dark)')
    const apply = (): void => {
      const dark = theme === 'dark' || (theme === 'system' && system.matches)
      document.documentElement.dataset['theme'] = dark ? 'dark' : 'light'
    }
    apply()
    system.addEventListener('change', apply)
    return () => system.removeEventListener('change', apply)
  }, [theme])
}

function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  return () => observer.disconnect()
}

/** Whether the page is dark now: for what draws by itself and cannot take colours from the style sheet. */
export function useDark(): boolean {
  return useSyncExternalStore(watchTheme, () => document.documentElement.dataset['theme'] === 'dark')
}
