import { Cpu, Gauge, History, Images, Keyboard, Library, Settings, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { Tip } from '../components/tip.tsx'
import { goTo, sendToNavigation, useNavigation, type Screen } from '../lib/navigation.ts'
import { Mark } from '../components/mark.tsx'

const places: readonly { screen: Screen; name: string; icon: LucideIcon }[] = [
  { screen: 'library', name: 'Library', icon: Library },
  { screen: 'review', name: 'Review', icon: Images },
  { screen: 'backends', name: 'Backends', icon: Cpu },
  { screen: 'benchmark', name: 'Benchmark', icon: Gauge },
  { screen: 'history', name: 'History', icon: History },
  { screen: 'settings', name: 'Settings', icon: Settings },
]

export function Rail(): ReactNode {
  const screen = useNavigation((state) => state.screen)
  const shown = screen === 'clean-up' ? 'review' : screen
  return (
    <nav className="rail" aria-label="Screens">
      <div className="rail-mark">
        <Mark size={30} />
      </div>
      {places.map(({ screen: target, name, icon: Icon }) => (
        <button
          key={target}
          type="button"
          data-testid={`rail-${target}`}
          aria-current={shown === target ? 'page' : undefined}
          onClick={() => goTo(target)}
        >
          <Icon size={20} strokeWidth={1.75} aria-hidden />
          {name}
        </button>
      ))}
      <div className="rail-foot">
        <Tip text="All keys" keys="?">
          <button
            type="button"
            data-testid="rail-keys"
            onClick={() => sendToNavigation({ type: 'keys-toggled', open: true })}
          >
            <Keyboard size={20} strokeWidth={1.75} aria-hidden />
            Keys
          </button>
        </Tip>
      </div>
    </nav>
  )
}
