/** One thing that two records tell differently: what it is about (`ref`), what is kept, and what the others say; amounts in cents. */
export type Difference = {
  readonly kind: string
  readonly ref: string
  readonly ours: string | null
  readonly theirs: string | null
}
