/** The best partners of each row of a table so far: a fixed number of places a row, 8 bytes each. */
export class BestPartners {
  readonly #places: number
  readonly #partners: Uint32Array
  readonly #scores: Float32Array
  readonly #taken: Uint16Array
  /** By row: what a partner must exceed. */
  readonly #least: Float32Array

  /**
   * @param places for each row, at most 65,535
   * @param least by row: the score that a partner must exceed; used from now on by this object alone
   */
  constructor(places: number, least: Float32Array) {
    this.#places = places
    this.#least = least
    this.#partners = new Uint32Array(least.length * places)
    this.#scores = new Float32Array(least.length * places)
    this.#taken = new Uint16Array(least.length)
  }

  /** What a partner of this row must exceed now. */
  least(row: number): number {
    return this.#least[row]!
  }

  /** Takes the partner in, in place of the worst one when all places are taken. Of equals the earlier stays. */
  offer(row: number, partner: number, score: number): void {
    if (score <= this.#least[row]!) return
    const first = row * this.#places
    const taken = this.#taken[row]!
    let at = first + taken
    if (taken < this.#places) {
      this.#taken[row] = taken + 1
    } else {
      at = this.#worstOf(first)
    }
    this.#partners[at] = partner
    this.#scores[at] = score
    if (taken + 1 >= this.#places) this.#least[row] = this.#scores[this.#worstOf(first)]!
  }

  partnersOf(row: number): Uint32Array {
    const first = row * this.#places
    return this.#partners.subarray(first, first + this.#taken[row]!)
  }

  #worstOf(first: number): number {
    let worst = first
    for (let at = first + 1; at < first + this.#places; at++) {
      if (this.#scores[at]! <= this.#scores[worst]!) worst = at
    }
    return worst
  }
}
