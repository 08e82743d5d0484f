import { prepareLinks } from './link-graph.ts'
import type { LinkGraph, LinkTable } from './link-graph.ts'

/** Photos (nodes) gathered around the one that they are measured from. */
export interface Group {
  reference: number
  /** Without the reference, ascending. */
  members: Uint32Array
  /** For each member, the index in the link table of its link to the reference. */
  memberLinks: Uint32Array
}

const none = -1

/** Who stands with whom. */
interface Assignment {
  /** By node; a reference stands with itself; −1 for nodes without a group. */
  referenceOf: Int32Array
  /** By member: where its link to the reference stands in `graph.link`. */
  linkOf: Int32Array
  /** By reference: its members. */
  size: Uint32Array
}

/** Number of links of each node at or over the threshold. */
function degreesAt({ nodeCount, start, score }: LinkGraph, threshold: number): Uint32Array {
  const degree = new Uint32Array(nodeCount)
  // Scores lost a little when they became 32-bit floats; the threshold must lose the same.
  const least = Math.fround(threshold)
  for (let node = 0; node < nodeCount; node++) {
    let low = start[node]!
    let high = start[node + 1]!
    while (low < high) {
      const middle = (low + high) >>> 1
      if (score[middle]! >= least) low = middle + 1
      else high = middle
    }
    degree[node] = low - start[node]!
  }
  return degree
}

/** Nodes by the number of links that they could still use: linked lists, one a number, emptied from the top. */
class Buckets {
  readonly #head: Int32Array
  readonly #next: Int32Array

  constructor(nodeCount: number, largest: number) {
    this.#head = new Int32Array(largest + 1).fill(none)
    this.#next = new Int32Array(nodeCount)
  }

  put(node: number, bucket: number): void {
    this.#next[node] = this.#head[bucket]!
    this.#head[bucket] = node
  }

  take(bucket: number): Uint32Array {
    const nodes: number[] = []
    for (let node = this.#head[bucket]!; node !== none; node = this.#next[node]!) nodes.push(node)
    this.#head[bucket] = none
    return Uint32Array.from(nodes)
  }
}

function cover(graph: LinkGraph, degree: Uint32Array): Assignment {
  const { nodeCount, start, neighbour, nodeAtPlace, place } = graph
  const referenceOf = new Int32Array(nodeCount).fill(none)
  const linkOf = new Int32Array(nodeCount).fill(none)
  const size = new Uint32Array(nodeCount)
  /** Links to nodes that have no group yet; nodes in a group are no longer counted for. */
  const open = degree.slice()
  const largest = degree.reduce((most, each) => Math.max(most, each), 0)
  const buckets = new Buckets(nodeCount, largest)
  for (let node = 0; node < nodeCount; node++) if (open[node]! > 0) buckets.put(node, open[node]!)

  const leave = (node: number) => {
    const end = start[node]! + degree[node]!
    for (let at = start[node]!; at < end; at++) open[neighbour[at]!]!--
  }
  for (let bucket = largest; bucket > 0; bucket--) {
    // Counts only fall, so nobody joins a bucket once it is reached: its best-placed node comes first.
    const places = buckets.take(bucket)
    for (let at = 0; at < places.length; at++) places[at] = place[places[at]!]!
    places.sort()
    for (const at of places) {
      const node = nodeAtPlace[at]!
      if (referenceOf[node] !== none) continue
      if (open[node]! < bucket) {
        if (open[node]! > 0) buckets.put(node, open[node]!)
        continue
      }
      referenceOf[node] = node
      leave(node)
      const end = start[node]! + degree[node]!
      for (let link = start[node]!; link < end; link++) {
        const member = neighbour[link]!
        if (referenceOf[member] !== none) continue
        referenceOf[member] = node
        linkOf[member] = link
        size[node]!++
        leave(member)
      }
    }
  }
  return { referenceOf, linkOf, size }
}

/**
 * A node left alone may have a better link to a member of some group than that member has to its reference: then the two
 * stand together, as long as the member's group keeps another member. Otherwise a loose tie would hide a close pair.
 */
function rescueLeftovers(graph: LinkGraph, degree: Uint32Array, assignment: Assignment): void {
  const { nodeCount, start, neighbour, score, place } = graph
  const { referenceOf, linkOf, size } = assignment
  const left: number[] = []
  for (let node = 0; node < nodeCount; node++) if (referenceOf[node] === none && degree[node]! > 0) left.push(node)
  left.sort((x, y) => score[start[y]!]! - score[start[x]!]! || place[x]! - place[y]!)
  for (const node of left) {
    if (referenceOf[node] !== none) continue
    let best = none
    const end = start[node]! + degree[node]!
    for (let link = start[node]!; link < end; link++) {
      if (best !== none && score[link]! < score[best]!) break
      const partner = neighbour[link]!
      const reference = referenceOf[partner]!
      const joins = reference === partner
      const splits = !joins && reference !== none && size[reference]! > 1 && score[link]! > score[linkOf[partner]!]!
      if ((joins || splits) && (best === none || place[partner]! < place[neighbour[best]!]!)) best = link
    }
    if (best === none) continue
    const partner = neighbour[best]!
    const reference = referenceOf[partner]!
    if (reference !== partner) {
      size[reference]!--
      referenceOf[partner] = partner
      linkOf[partner] = none
    }
    referenceOf[node] = partner
    linkOf[node] = best
    size[partner]!++
  }
}

/**
 * Groups the nodes of prepared links at a threshold: about a fifth of the work of `groupAroundReferences`.
 * See there.
 */
export function regroup(graph: LinkGraph, threshold: number): Group[] {
  const degree = degreesAt(graph, threshold)
  const assignment = cover(graph, degree)
  rescueLeftovers(graph, degree, assignment)
  const { referenceOf, linkOf, size } = assignment
  const groups: Group[] = []
  const groupAt = new Int32Array(graph.nodeCount).fill(none)
  const filled = new Uint32Array(graph.nodeCount)
  for (let node = 0; node < graph.nodeCount; node++) {
    const reference = referenceOf[node]!
    if (reference === none) continue
    let at = groupAt[reference]!
    if (at === none) {
      at = groups.length
      groupAt[reference] = at
      groups.push({
        reference,
        members: new Uint32Array(size[reference]!),
        memberLinks: new Uint32Array(size[reference]!),
      })
    }
    if (node === reference) continue
    const group = groups[at]!
    group.members[filled[reference]!] = node
    group.memberLinks[filled[reference]!] = graph.link[linkOf[node]!]!
    filled[reference]!++
  }
  // Of two photos either one can be the reference.
  for (const group of groups) {
    const [only] = group.members
    if (only === undefined || group.members.length > 1 || graph.place[only]! > graph.place[group.reference]!) continue
    group.members[0] = group.reference
    group.reference = only
  }
  return groups
}

/**
 * Groups photos around reference photos, without chains: every member has a link of at least `threshold` to the reference
 * of its group, and each photo stands in at most one group. The photo with most links to photos still alone becomes a
 * reference and takes them all (greedy covering, which bounds the photos left over); ties go to the higher rank, then the
 * lower number. So of several photos that could hold the same members, the best-ranked one is the reference. The outcome
 * depends on the links, not on their order. Groups come in order of their lowest node.
 *
 * O(nodes + links), a part of links · log links for the order within ties aside.
 *
 * @param rank by node: higher makes a better reference
 */
export function groupAroundReferences(
  nodeCount: number,
  links: LinkTable,
  threshold: number,
  rank: Float64Array,
): Group[] {
  return regroup(prepareLinks(nodeCount, links, rank), threshold)
}
