/**
 * [Note: Units]
 *
 * Some shots are several files that only make sense together: a Live Photo is a HEIC or JPEG and a video, a camera writes a raw
 * file and a JPEG, editors and phones keep their edits in sidecars (XMP, AAE), cameras a thumbnail (THM). What belongs together
 * lies in one folder and shares its name but for the extension: IMG_1.HEIC, IMG_1.MOV, IMG_1.AAE; DSC_1.NEF, DSC_1.JPG, DSC_1.xmp.
 * `DSC_1.NEF.xmp` belongs to DSC_1.NEF alone. Phones call an edited picture IMG_E1 and its edits IMG_O1; both belong to IMG_1.
 *
 * - Parts of a unit are no duplicates of each other: raw file and JPEG of one capture time, the original and the edited one.
 * - A unit goes wholly or not at all. A photo takes along its raw file or JPEG and its video, each only where a copy of it stays
 *   beside a photo that stays; where there is none, the photo stays as well. It takes its sidecars.
 * - What another photo in the folder needs stays: with IMG_1.JPG beside IMG_1.HEIC, video and sidecars stay with the one that stays.
 */
export interface UnitName {
  /** Equal for the files of a unit, whatever the case. */
  stem: string
  kind: 'photo' | 'raw' | 'video' | 'sidecar'
  /** Of an edited picture that stands beside its original. */
  edited: boolean
}

const kinds: Readonly<Record<UnitName['kind'], string>> = {
  photo: 'jpg jpeg jpe jfif heic heif hif avif png tif tiff webp jxl psd',
  raw: '3fr arw cr2 cr3 crw dcr dng erf fff gpr iiq kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl sr2 srf srw x3f',
  video: 'mov mp4',
  sidecar: 'xmp aae thm',
}
const kindOf = new Map(
  Object.entries(kinds).flatMap(([kind, extensions]) =>
    extensions.split(' ').map((extension) => [extension, kind as UnitName['kind']] as const),
  ),
)
const phoneEdit = /^(img_)([eo])(\d{4,})$/

/** What a file may be in a unit, by its name; null for what belongs to none. */
export function readUnitName(name: string): UnitName | null {
  const dot = name.lastIndexOf('.')
  const kind = dot < 1 ? undefined : kindOf.get(name.slice(dot + 1).toLowerCase())
  if (kind === undefined) return null
  const stem = name.slice(0, dot).toLowerCase()
  const [, prefix, letter, number] = phoneEdit.exec(stem) ?? []
  if (prefix === undefined || number === undefined) return { stem, kind, edited: false }
  return { stem: `${prefix}${number}`, kind, edited: letter === 'e' }
}

/** The file that a sidecar is alone for: `DSC_1.NEF` for `DSC_1.NEF.xmp`, in lower case; null for one of the whole unit. */
function boundTo(name: string): string | null {
  const inner = name.slice(0, name.lastIndexOf('.'))
  return readUnitName(name)?.kind === 'sidecar' && readUnitName(inner) !== null ? inner.toLowerCase() : null
}

/** Seconds between a raw file's capture time and its JPEG's: cameras round them differently. */
const sameShotSeconds = 2

function sameTime(a: string | null, b: string | null): boolean {
  return a === null || b === null || Math.abs(Date.parse(`${a}Z`) - Date.parse(`${b}Z`)) <= sameShotSeconds * 1000
}

/** A picture by name and local capture time (null where it is not known). */
export interface UnitPicture {
  name: string
  takenAt: string | null
}

/** Whether two pictures of one folder are the two sides of one shot: raw file and JPEG, original and edited. */
export function areMates(a: UnitPicture, b: UnitPicture): boolean {
  const [first, second] = [readUnitName(a.name), readUnitName(b.name)]
  if (first === null || second === null || first.stem !== second.stem) return false
  if (!isPicture(first) || !isPicture(second)) return false
  if (first.edited !== second.edited) return true
  return first.kind !== second.kind && sameTime(a.takenAt, b.takenAt)
}

function isPicture({ kind }: UnitName): boolean {
  return kind === 'photo' || kind === 'raw'
}

/** What lies beside a picture and would go with it. */
export interface UnitParts {
  /** Raw file, JPEG, original or edited picture, video: each needs a copy that stays. */
  contents: string[]
  sidecars: string[]
}

/**
 * The parts of a picture's unit that have no other owner: all of them, unless another picture of the same kind shares the name
 * and stays; then only the sidecars that are this picture's alone.
 *
 * @param names all names in the folder
 * @param isGoing whether a picture of the folder goes on its own account
 */
export function partsBeside(
  picture: UnitPicture,
  names: readonly string[],
  isGoing: (name: string) => boolean,
  takenAtOf: (name: string) => string | null,
): UnitParts {
  const own = readUnitName(picture.name)
  if (own === null) return { contents: [], sidecars: boundSidecars([picture.name], names) }
  const beside = names.flatMap((name) => {
    const unit = readUnitName(name)
    return unit !== null && unit.stem === own.stem && name !== picture.name ? [{ name, unit }] : []
  })
  const pictures = beside.filter(({ name, unit }) => isPicture(unit) && !isGoing(name)).map(({ name }) => name)
  const mates = pictures.filter((name) => areMates(picture, { name, takenAt: takenAtOf(name) }))
  if (mates.length < pictures.length) return { contents: [], sidecars: boundSidecars([picture.name], names) }
  const contents = [...mates, ...beside.filter(({ unit }) => unit.kind === 'video').map(({ name }) => name)]
  const shared = beside.filter(({ unit }) => unit.kind === 'sidecar').map(({ name }) => name)
  return { contents, sidecars: [...shared, ...boundSidecars([picture.name, ...contents], names)] }
}

function boundSidecars(owners: readonly string[], names: readonly string[]): string[] {
  const wanted = new Set(owners.map((name) => name.toLowerCase()))
  return names.filter((name) => wanted.has(boundTo(name) ?? ''))
}
