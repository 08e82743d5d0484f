import { WandSparkles } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import type { GroupView, ReviewSection } from '../../../../shared/contract/groups.ts'
import { Button } from '../../components/button.tsx'
import { Modal } from '../../components/modal.tsx'
import { attempt, callEngine } from '../../lib/engine.ts'
import { formatBytes, formatPlural, photos } from '../../lib/format.ts'
import { applySuggestion, type PhotoChange } from './group-actions.ts'
import { decide, readReview, useReview } from './review-store.ts'

/** Reads all listed groups and gives the changes that decide the undecided ones. */
async function suggestions(tier: ReviewSection): Promise<{ groups: number; bytes: number; changes: PhotoChange[] }> {
  const { ids, gone } = readReview()
  const open = ids.filter((id) => !gone.has(id))
  const views: GroupView[] = []
  for (let from = 0; from < open.length; from += 200) {
    const page = await callEngine('review.groups', { tier, groupIds: open.slice(from, from + 200) })
    views.push(...page.groups.filter((group) => !group.decided))
  }
  const seen = new Set<number>()
  const changes: PhotoChange[] = []
  let bytes = 0
  for (const group of views) {
    const outcome = applySuggestion(group)
    const fresh = 'changes' in outcome ? outcome.changes.filter((change) => !seen.has(change.photoId)) : []
    for (const change of fresh) {
      seen.add(change.photoId)
      if (change.after.decision === 'remove') bytes += group.photos.find((p) => p.id === change.photoId)?.bytes ?? 0
    }
    changes.push(...fresh)
  }
  return { groups: views.length, bytes, changes: changes.slice(0, 100_000) }
}

/** One step for all undecided groups in the list, where there is a suggestion that is not made unasked; said in numbers before it is done, undone in one step. */
export function SuggestAll({ tier }: { tier: ReviewSection }): ReactNode {
  const any = useReview((state) => state.ids.length > 0)
  const [plan, setPlan] = useState<Awaited<ReturnType<typeof suggestions>> | null>(null)
  if (tier === 'exact' || tier === 'similar') return null
  const removed = plan?.changes.filter((change) => change.after.decision === 'remove').length ?? 0
  return (
    <>
      <Button
        look="quiet"
        disabled={!any}
        data-testid="suggest-all"
        onClick={() => void attempt('read the groups', async () => setPlan(await suggestions(tier)))}
      >
        <WandSparkles size={16} aria-hidden />
        Suggest for all…
      </Button>
      {plan === null ? null : (
        <Modal
          open
          onClose={() => setPlan(null)}
          title={
            plan.groups === 0 ? 'Every group is decided' : `Decide ${formatPlural(plan.groups, 'group', 'groups')}?`
          }
          about={
            plan.groups === 0
              ? 'There is nothing left to suggest in this list.'
              : `In each undecided group of this list the reference photo is kept and the others are marked: ${photos(removed)}, ${formatBytes(plan.bytes)}. Nothing is removed before you clean up, and one undo takes it all back.`
          }
        >
          <div className="dialog-actions">
            <Button onClick={() => setPlan(null)}>Back</Button>
            {plan.groups === 0 ? null : (
              <Button
                look="primary"
                onClick={() => {
                  setPlan(null)
                  void decide('Suggestions for all', { changes: plan.changes })
                }}
              >
                Mark them
              </Button>
            )}
          </div>
        </Modal>
      )}
    </>
  )
}
