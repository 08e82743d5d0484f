import './welcome.css'
import { FolderOpen, Lock, Sparkles, Undo2 } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { Button } from '../../components/button.tsx'
import { Mark } from '../../components/mark.tsx'
import { chooseAndAddFolders, useFolderDrop } from '../../lib/add-folders.ts'
import { attempt, callEngine, sendToSession } from '../../lib/engine.ts'
import { goTo } from '../../lib/navigation.ts'
import { startScan } from '../../lib/start-scan.ts'

function begin(): void {
  goTo('library')
  void startScan(null)
}

async function choose(): Promise<void> {
  if (await chooseAndAddFolders()) begin()
}

async function addSample(): Promise<void> {
  const added = await attempt('open the sample library', async () => {
    sendToSession({ type: 'library-read', library: await callEngine('library.addSample', null) })
  })
  if (added) begin()
}

/** What a person sees before there is any folder. */
export function WelcomeScreen(): ReactNode {
  const drop = useFolderDrop(begin)
  const [waiting, setWaiting] = useState(false)
  const run = (task: () => Promise<void>): void => {
    setWaiting(true)
    void task().finally(() => setWaiting(false))
  }
  return (
    <div className="welcome" data-testid="welcome" {...drop.handlers}>
      <div className={drop.over ? 'welcome-card over' : 'welcome-card'}>
        <span className="welcome-mark">
          <Mark size={64} />
        </span>
        <h1>Find the photos you have twice</h1>
        <p className="welcome-lead">
          Twinlens looks through your folders, shows which photos are the same or much alike and why, and lets you
          decide what stays.
        </p>
        <div className="row wrap">
          <Button
            look="primary"
            size="large"
            data-testid="welcome-choose-folder"
            disabled={waiting}
            onClick={() => run(choose)}
          >
            <FolderOpen size={18} aria-hidden />
            Choose folder…
          </Button>
          <Button size="large" data-testid="welcome-sample" disabled={waiting} onClick={() => run(addSample)}>
            <Sparkles size={18} aria-hidden />
            Try the sample library
          </Button>
        </div>
        <p className="welcome-drop">{drop.over ? 'Let go to add it' : 'or drop folders here'}</p>
        <ul className="welcome-promises">
          <li>
            <Lock size={16} aria-hidden />
            Private: everything happens on this computer. No photo leaves it.
          </li>
          <li>
            <Undo2 size={16} aria-hidden />
            Safe: scanning changes nothing. Photos you remove go to the trash, and the last copy of a photo always
            stays.
          </li>
        </ul>
      </div>
    </div>
  )
}
