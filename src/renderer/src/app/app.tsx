import './app.css'
import { Gauge, Loader } from 'lucide-react'
import { Tooltip } from 'radix-ui'
import { lazy, Suspense, useEffect, type ReactNode } from 'react'
import { EmptyState } from '../components/empty-state.tsx'
import { BackendsScreen } from '../features/backends/backends-screen.tsx'
import { CleanUpScreen } from '../features/clean-up/clean-up-screen.tsx'
import { CompareViewer } from '../features/compare/compare-viewer.tsx'
import { HistoryScreen } from '../features/history/history-screen.tsx'
import { LibraryScreen } from '../features/library/library-screen.tsx'
import { ReviewScreen } from '../features/review/review-screen.tsx'
import { SettingsScreen } from '../features/settings/settings-screen.tsx'
import { WelcomeScreen } from '../features/welcome/welcome-screen.tsx'
import { bridge } from '../lib/bridge.ts'
import { useSession } from '../lib/engine.ts'
import { useKeys } from '../lib/keys.ts'
import { sendToNavigation, useNavigation } from '../lib/navigation.ts'
import { useTheme } from '../lib/use-theme.ts'
import { JobBar } from './job-bar.tsx'
import { KeysHelp } from './keys-help.tsx'
import { runMenuCommand } from './menu-commands.ts'
import { Notices } from './notices.tsx'
import { Rail } from './rail.tsx'

/** With the library of charts the largest screen, and seldom the first: it is loaded when it is opened. */
const BenchmarkScreen = lazy(async () => ({
  default: (await import('../features/benchmark/benchmark-screen.tsx')).BenchmarkScreen,
}))

function CurrentScreen(): ReactNode {
  const screen = useNavigation((state) => state.screen)
  const library = useSession((session) => session.library)
  if (screen === 'settings') return <SettingsScreen />
  if (screen === 'backends') return <BackendsScreen />
  if (screen === 'benchmark') {
    return (
      <Suspense fallback={<EmptyState icon={Gauge} title="Opening the benchmark…" />}>
        <BenchmarkScreen />
      </Suspense>
    )
  }
  if (library === null) return <EmptyState icon={Loader} title="Opening the library…" />
  if (screen === 'history') return <HistoryScreen />
  if (library.folders.length === 0) return <WelcomeScreen />
  if (screen === 'review') return <ReviewScreen viewer={CompareViewer} />
  if (screen === 'clean-up') return <CleanUpScreen />
  return <LibraryScreen library={library} />
}

export function App(): ReactNode {
  const theme = useSession((session) => session.settings?.theme ?? 'system')
  useTheme(theme)
  useEffect(() => bridge.onMenu(runMenuCommand), [])
  useKeys((key) => {
    if (key !== '?') return false
    sendToNavigation({ type: 'keys-toggled', open: true })
    return true
  })
  return (
    <Tooltip.Provider delayDuration={500} skipDelayDuration={200}>
      <div className="shell">
        <Rail />
        <main className="main">
          <Notices />
          <div className="screen">
            <CurrentScreen />
          </div>
        </main>
        <JobBar />
      </div>
      <KeysHelp />
    </Tooltip.Provider>
  )
}
