import type { ReactNode } from 'react'
import type { LookPatch } from '../../../../shared/contract/groups.ts'
import { patchPaths } from './patch-paths.ts'

interface PatchMarksProps {
  patches: readonly LookPatch[]
  width: number
  height: number
}

/** The patches over a picture: a tick where they agree, a dashed frame with a cross where they differ. */
export function PatchMarks({ patches, width, height }: PatchMarksProps): ReactNode {
  const paths = patchPaths(patches, width, height)
  return (
    <svg className="why-marks" viewBox={`0 0 ${width} ${height}`} aria-hidden data-testid="why-marks">
      <path className="frames" d={paths.frames} />
      {(['plain', 'agrees', 'differs'] as const).map((verdict) => (
        <g key={verdict} className={verdict}>
          <path className="halo" d={paths[verdict]} />
          <path d={paths[verdict]} />
        </g>
      ))}
    </svg>
  )
}
