import './app.css'
import { Loader } from 'lucide-react'
import { Tooltip } from 'radix-ui'
import { Suspense, useEffect, type ReactNode } from 'react'
import { EmptyState } from '../components/empty-state.tsx'
import { LibraryScreen } from '../features/library/library-screen.tsx'
import { WelcomeScreen } from '../features/welcome/welcome-screen.tsx'
import { bridge } from '../lib/bridge.ts'
import { useSession } from '../lib/engine.ts'
import { useKeys } from '../lib/keys.ts'
import { sendToNavigation, useNavigation } from '../lib/navigation.ts'
import { useTheme } from '../lib/use-theme.ts'
import { JobBar } from './job-bar.tsx'
import { KeysHelp } from './keys-help.tsx'
import {
  BackendsScreen,
  BenchmarkScreen,
  CleanUpScreen,
  HistoryScreen,
  loadLaterScreens,
  ReviewScreen,
  SettingsScreen,
} from './later-screens.ts'
import { runMenuCommand } from './menu-commands.ts'
import { Notices } from './notices.tsx'
import { Rail } from './rail.tsx'

function CurrentScreen(): ReactNode {
  const screen = useNavigation((state) => state.screen)
  const library = useSession((session) => session.library)
  if (screen === 'settings') return <SettingsScreen />
  if (screen === 'backends') return <BackendsScreen />
  if (screen === 'benchmark') return <BenchmarkScreen />
  if (library === null) return <EmptyState icon={Loader} title="Opening the library…" />
  if (screen === 'history') return <HistoryScreen />
  if (library.folders.length === 0) return <WelcomeScreen />
  if (screen === 'review') return <ReviewScreen />
  if (screen === 'clean-up') return <CleanUpScreen />
  return <LibraryScreen library={library} />
}

export function App(): ReactNode {
  const theme = useSession((session) => session.settings?.theme ?? 'system')
  useTheme(theme)
  useEffect(() => bridge.onMenu(runMenuCommand), [])
  useEffect(loadLaterScreens, [])
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
            <Suspense fallback={<EmptyState icon={Loader} title="Opening…" />}>
              <CurrentScreen />
            </Suspense>
          </div>
        </main>
        <JobBar />
      </div>
      <KeysHelp />
    </Tooltip.Provider>
  )
}
