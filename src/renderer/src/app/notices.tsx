import { CircleCheck, RotateCw, TriangleAlert, X } from 'lucide-react'
import { useEffect, type ReactNode } from 'react'
import { IconButton } from '../components/button.tsx'
import { sendToSession, useSession } from '../lib/engine.ts'
import type { Notice } from '../lib/session.ts'

function NoticeBody({ notice }: { notice: Notice }): ReactNode {
  if (notice.kind === 'restarted') {
    return (
      <>
        <RotateCw size={16} aria-hidden />
        <div className="grow">
          <p>
            <strong>The engine was restarted; nothing was lost.</strong>
          </p>
          <p>Your decisions are kept. A scan that was running goes on from where it was when you start it again.</p>
        </div>
      </>
    )
  }
  if (notice.kind === 'done') {
    return (
      <>
        <CircleCheck size={16} aria-hidden />
        <p className="grow">{notice.text}</p>
      </>
    )
  }
  const { title, happened, unharmed, advice } = notice.problem
  return (
    <>
      <TriangleAlert size={16} aria-hidden />
      <div className="grow">
        <p>
          <strong>{title}.</strong> {happened}
        </p>
        {unharmed === null && advice === null ? null : <p>{[unharmed, advice].filter(Boolean).join(' ')}</p>}
      </div>
    </>
  )
}

const doneShownMs = 10_000

export function Notices(): ReactNode {
  const notices = useSession((session) => session.notices)
  const done = notices.find((notice) => notice.kind === 'done')?.id
  useEffect(() => {
    // Good news leaves by itself; problems stay until they are read.
    if (done === undefined) return
    const timer = setTimeout(() => sendToSession({ type: 'notice-dismissed', id: done }), doneShownMs)
    return () => clearTimeout(timer)
  }, [done])
  return (
    <div className="notices" aria-live="polite">
      {notices.map((notice) => (
        <div
          key={notice.id}
          className={`notice ${notice.kind}`}
          role={notice.kind === 'problem' ? 'alert' : 'status'}
          data-testid={`notice-${notice.kind}`}
        >
          <NoticeBody notice={notice} />
          <IconButton
            label="Dismiss"
            size="small"
            onClick={() => sendToSession({ type: 'notice-dismissed', id: notice.id })}
          >
            <X size={14} aria-hidden />
          </IconButton>
        </div>
      ))}
    </div>
  )
}
