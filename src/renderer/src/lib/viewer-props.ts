import type { GroupView } from '../../../shared/contract/groups.ts'

/** What the viewer gets from whoever opened it. Photos are named by their index in the group. */
export interface ViewerProps {
  group: GroupView
  /** Place of the group in the list, from 0. */
  index: number
  total: number
  /** The photo to start with. */
  photo: number
  onToggle(photo: number): void
  onKeepOnly(photo: number): void
  onKeepAll(): void
  onDismiss(): void
  onSuggest(): void
  onUndo(): void
  onNext(): void
  onPrevious(): void
  onClose(): void
}
