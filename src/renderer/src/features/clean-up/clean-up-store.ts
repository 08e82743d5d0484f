import { bridge } from '../../lib/bridge.ts'
import { attempt, callEngine, sendToSession } from '../../lib/engine.ts'
import { describeProblem } from '../../lib/problem.ts'
import { createReducerStore } from '../../lib/reducer-store.ts'
import { initialCleanUp, reduceCleanUp, type CleanUpState } from './clean-up-state.ts'

const store = createReducerStore(reduceCleanUp, initialCleanUp)

export function useCleanUp<T>(select: (state: CleanUpState) => T): T {
  return store((held) => select(held.state))
}

export const sendToCleanUp = store.getState().send

/** Has the engine make a plan for the present choice. Changes nothing on disk. */
export async function makePlan(): Promise<void> {
  const { choice } = store.getState().state
  try {
    const plan = await callEngine('cleanUp.plan', { tiers: [...choice.tiers], folderGrant: choice.folderGrant })
    sendToCleanUp({ type: 'planned', choice, plan })
  } catch (error) {
    const problem = describeProblem('make the plan', error, 'No photo was moved.')
    sendToCleanUp({ type: 'plan-failed', choice, problem })
  }
}

/** Lets the person choose a folder to move to; without one the destination stays as it was. */
export async function chooseDestination(kind: 'trash' | 'folder'): Promise<void> {
  if (kind === 'trash') return sendToCleanUp({ type: 'destination-chosen', folderGrant: null })
  const grant = await bridge.chooseMoveFolder()
  if (grant !== null) sendToCleanUp({ type: 'destination-chosen', folderGrant: grant })
}

let stop: AbortController | null = null

/** Carries out the plan that is shown and confirmed, and no other. */
export async function applyPlan(): Promise<void> {
  sendToCleanUp({ type: 'applied' })
  const { stage } = store.getState().state
  if (stage.name !== 'applying' || stop !== null) return
  stop = new AbortController()
  sendToSession({ type: 'job-changed', job: { kind: 'clean-up', progress: null } })
  try {
    const report = await callEngine(
      'cleanUp.apply',
      { planId: stage.plan.id },
      {
        signal: stop.signal,
        awaitAnswer: true,
        onProgress: (progress) => {
          sendToCleanUp({ type: 'progressed', progress })
          sendToSession({ type: 'job-changed', job: { kind: 'clean-up', progress } })
        },
      },
    )
    sendToCleanUp({ type: 'finished', report })
  } catch (error) {
    const unharmed =
      'Photos moved until then are listed in the history and can be restored; the others are where they were.'
    sendToCleanUp({ type: 'apply-failed', problem: describeProblem('finish the clean-up', error, unharmed) })
  } finally {
    stop = null
    sendToSession({ type: 'job-changed', job: null })
  }
}

/** Stops after the file at hand. What is moved stays in the history. */
export function stopApplying(): void {
  stop?.abort()
}

export async function exportReport(format: 'json' | 'html' | 'csv'): Promise<void> {
  const grant = await bridge.chooseExportFile(format, 'twinlens-duplicates')
  if (grant === null) return
  await attempt(
    'write the report',
    async () => {
      const { path } = await callEngine('report.export', { format, grant })
      sendToSession({ type: 'done', text: `The report was written to ${path}` })
    },
    'No photo was changed.',
  )
}
