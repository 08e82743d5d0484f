import { noLinks, type LinkColumns } from '../catalog/links.ts'

/** One link as it is stored; see `LinkColumns`. */
export interface NewLink {
  a: number
  b: number
  score: number
  distance: number
  orientation: number
  relation: number
  changes: number
  /** Four numbers, or null where nobody looked. */
  place: Float32Array | null
  confidence: number
}

/** Stored in place of a distance where the hashes were not under the floor. */
export const noDistance = 255

/** Columns of links that grow as they are filled. */
export class LinkBuffers {
  #columns = noLinks(256)
  #size = 0

  add(link: NewLink): void {
    if (this.#size === this.#columns.a.length) this.#grow()
    const at = this.#size++
    const { a, b, score, distance, orientation, relation, changes, place, confidence } = this.#columns
    a[at] = link.a
    b[at] = link.b
    score[at] = link.score
    distance[at] = link.distance
    orientation[at] = link.orientation
    relation[at] = link.relation
    changes[at] = link.changes
    if (link.place !== null) place.set(link.place, 4 * at)
    confidence[at] = link.confidence
  }

  addAll(links: LinkColumns): void {
    for (let k = 0; k < links.a.length; k++) {
      this.add({
        a: links.a[k]!,
        b: links.b[k]!,
        score: links.score[k]!,
        distance: links.distance[k]!,
        orientation: links.orientation[k]!,
        relation: links.relation[k]!,
        changes: links.changes[k]!,
        place: links.place.subarray(4 * k, 4 * k + 4),
        confidence: links.confidence[k]!,
      })
    }
  }

  finish(): LinkColumns {
    const { a, b, score, distance, orientation, relation, changes, place, confidence } = this.#columns
    const end = this.#size
    return {
      a: a.subarray(0, end),
      b: b.subarray(0, end),
      score: score.subarray(0, end),
      distance: distance.subarray(0, end),
      orientation: orientation.subarray(0, end),
      relation: relation.subarray(0, end),
      changes: changes.subarray(0, end),
      place: place.subarray(0, 4 * end),
      confidence: confidence.subarray(0, end),
    }
  }

  #grow(): void {
    const old = this.#columns
    const grown = noLinks(2 * old.a.length)
    grown.a.set(old.a)
    grown.b.set(old.b)
    grown.score.set(old.score)
    grown.distance.set(old.distance)
    grown.orientation.set(old.orientation)
    grown.relation.set(old.relation)
    grown.changes.set(old.changes)
    grown.place.set(old.place)
    grown.confidence.set(old.confidence)
    this.#columns = grown
  }
}
