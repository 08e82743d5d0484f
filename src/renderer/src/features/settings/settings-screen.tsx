import { Settings as SettingsIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Settings } from '../../../../shared/contract/calls.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { Mark } from '../../components/mark.tsx'
import { Segments } from '../../components/segments.tsx'
import { bridge } from '../../lib/bridge.ts'
import { useSession } from '../../lib/engine.ts'
import { saveTheme } from '../../lib/settings.ts'
import { CatalogPanel } from './catalog-panel.tsx'
import { ScanDefaults } from './scan-defaults.tsx'

const themes: readonly { value: Settings['theme']; label: string; testId: string }[] = [
  { value: 'system', label: 'As the system', testId: 'theme-system' },
  { value: 'light', label: 'Light', testId: 'theme-light' },
  { value: 'dark', label: 'Dark', testId: 'theme-dark' },
]

function About(): ReactNode {
  const { app, electron, runtimeNote } = bridge.versions
  return (
    <section className="panel">
      <h2>About</h2>
      <div className="row" style={{ gap: 16 }}>
        <span style={{ color: 'var(--accent)' }}>
          <Mark size={40} />
        </span>
        <div>
          <p>
            <strong>Twinlens {app}</strong> <span className="soft">on Electron {electron}</span>
          </p>
          <p className="soft">Photos stay on this computer unless you choose a server. Licence: MIT.</p>
          {runtimeNote === null ? null : <p>{runtimeNote}</p>}
        </div>
      </div>
    </section>
  )
}

export function SettingsScreen(): ReactNode {
  const settings = useSession((session) => session.settings)
  if (settings === null) return <EmptyState icon={SettingsIcon} title="Reading the settings…" />
  return (
    <div className="page">
      <header className="page-header column">
        <h1>Settings</h1>
      </header>
      <div className="page-body">
        <div className="page-column">
          <section className="panel">
            <h2>Appearance</h2>
            <Segments
              label="Theme"
              value={settings.theme}
              options={themes}
              onChange={(theme) => void saveTheme(theme)}
            />
          </section>
          <ScanDefaults options={settings.scan} />
          <CatalogPanel thumbnailMegabytes={settings.thumbnailMegabytes} />
          <About />
        </div>
      </div>
    </div>
  )
}
