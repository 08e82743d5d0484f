import type { CleanUpPlan, CleanUpProgress, CleanUpReport, PlanItem } from '../../../../shared/contract/clean-up.ts'
import { Tier } from '../../../../shared/contract/groups.ts'
import { formatBytes, formatPlural, photos } from '../../lib/format.ts'
import type { Problem } from '../../lib/problem.ts'
import { tierWords } from '../../lib/photo-words.ts'

export type PlanGrouping = 'tier' | 'folder' | 'keeps'

/** What the person chose; a plan is made from it by the engine. */
export interface CleanUpChoice {
  tiers: readonly Tier[]
  /** Grant of a folder to move to; null is the trash. */
  folderGrant: string | null
}

export interface CleanUpState {
  choice: CleanUpChoice
  search: string
  grouping: PlanGrouping
  stage:
    | { name: 'planning' }
    | { name: 'planned'; plan: CleanUpPlan; confirming: boolean }
    | { name: 'applying'; plan: CleanUpPlan; progress: CleanUpProgress | null }
    | { name: 'done'; report: CleanUpReport }
    | { name: 'failed'; problem: Problem }
}

export const initialCleanUp: CleanUpState = {
  choice: { tiers: Tier.options, folderGrant: null },
  search: '',
  grouping: 'tier',
  stage: { name: 'planning' },
}

export type CleanUpAction =
  | { type: 'opened' }
  | { type: 'tier-switched'; tier: Tier; on: boolean }
  | { type: 'destination-chosen'; folderGrant: string | null }
  /** Answers carry the choice they were asked for; one to a former choice is not taken. */
  | { type: 'planned'; choice: CleanUpChoice; plan: CleanUpPlan }
  | { type: 'plan-failed'; choice: CleanUpChoice; problem: Problem }
  | { type: 'searched'; search: string }
  | { type: 'grouped'; grouping: PlanGrouping }
  | { type: 'confirm-toggled'; open: boolean }
  | { type: 'applied' }
  | { type: 'progressed'; progress: CleanUpProgress }
  | { type: 'finished'; report: CleanUpReport }
  | { type: 'apply-failed'; problem: Problem }

const planning = { name: 'planning' } as const

function withChoice(state: CleanUpState, choice: CleanUpChoice): CleanUpState {
  return state.stage.name === 'applying' ? state : { ...state, choice, stage: planning }
}

export function reduceCleanUp(state: CleanUpState, action: CleanUpAction): CleanUpState {
  const { stage, choice } = state
  switch (action.type) {
    case 'opened':
      // Coming back while it works shows the work; otherwise decisions may have changed, so the plan is made anew.
      return stage.name === 'applying' ? state : { ...state, choice: { ...choice }, search: '', stage: planning }
    case 'tier-switched': {
      const tiers = Tier.options.filter((tier) => (tier === action.tier ? action.on : choice.tiers.includes(tier)))
      return withChoice(state, { ...choice, tiers })
    }
    case 'destination-chosen':
      return withChoice(state, { ...choice, folderGrant: action.folderGrant })
    case 'planned':
      if (action.choice !== choice || stage.name === 'applying') return state
      return { ...state, stage: { name: 'planned', plan: action.plan, confirming: false } }
    case 'plan-failed':
      if (action.choice !== choice || stage.name === 'applying') return state
      return { ...state, stage: { name: 'failed', problem: action.problem } }
    case 'searched':
      return { ...state, search: action.search }
    case 'grouped':
      return { ...state, grouping: action.grouping }
    case 'confirm-toggled':
      if (stage.name !== 'planned' || (action.open && stage.plan.files === 0)) return state
      return { ...state, stage: { ...stage, confirming: action.open } }
    case 'applied':
      // Nothing is ever applied that was not shown and confirmed.
      if (stage.name !== 'planned' || !stage.confirming) return state
      return { ...state, stage: { name: 'applying', plan: stage.plan, progress: null } }
    case 'progressed':
      return stage.name === 'applying' ? { ...state, stage: { ...stage, progress: action.progress } } : state
    case 'finished':
      return { ...state, stage: { name: 'done', report: action.report } }
    case 'apply-failed':
      return { ...state, stage: { name: 'failed', problem: action.problem } }
  }
}

export type PlanRow =
  | { kind: 'heading'; key: string; title: string; files: number; bytes: number }
  | { kind: 'item'; key: string; item: PlanItem }

function headingOf(item: PlanItem, grouping: PlanGrouping): string {
  if (grouping === 'tier') return tierWords[item.tier].name
  if (grouping === 'folder') return item.folder
  return `Kept: ${item.keeps}`
}

/** The plan's photos under headings, those that fit the search only. Order of first appearance. */
export function planRows(items: readonly PlanItem[], grouping: PlanGrouping, search: string): PlanRow[] {
  const wanted = search.trim().toLocaleLowerCase()
  const sections = new Map<string, PlanItem[]>()
  for (const item of items) {
    const text = `${item.folder}/${item.name} ${item.keeps}`.toLocaleLowerCase()
    if (!text.includes(wanted)) continue
    const title = headingOf(item, grouping)
    const section = sections.get(title)
    if (section === undefined) sections.set(title, [item])
    else section.push(item)
  }
  return [...sections].flatMap(([title, section]): PlanRow[] => [
    {
      kind: 'heading',
      key: `heading ${title}`,
      title,
      files: section.length,
      bytes: section.reduce((sum, item) => sum + item.bytes, 0),
    },
    ...section.map((item): PlanRow => ({ kind: 'item', key: String(item.photoId), item })),
  ])
}

/** What goes with a photo: "IMG_1.MOV (3 MB), IMG_1.AAE (2 kB, the only one)". */
export function companionWords(companions: PlanItem['companions'], locale?: string): string {
  return companions
    .map(({ name, bytes, unique }) => `${name} (${formatBytes(bytes, locale)}${unique ? ', the only one' : ''})`)
    .join(', ')
}

/** Exactly what applying does: "Move 12 photos (34 MB) to the trash". */
export function applySentence(plan: CleanUpPlan, locale?: string): string {
  const where = plan.destination.kind === 'trash' ? 'the trash' : plan.destination.path
  const along =
    plan.companions === 0 ? '' : ` and ${formatPlural(plan.companions, 'file', 'files', locale)} that go along`
  return `Move ${photos(plan.files, locale)}${along} (${formatBytes(plan.bytes, locale)}) to ${where}`
}
