import type { Mutation } from './mutations.ts'

/** A change that no test can notice, because nothing changes by it that anybody could see; `context` begins its line. */
type Living = Pick<Mutation, 'file' | 'context' | 'becomes'> & { readonly why: string }

export const living: readonly Living[] = [
  {
    file: 'src/exchange/fhir/bill-line.ts',
    context: 'return a < b ? a : b',
    becomes: '<=',
    why: 'Of two equal amounts either is the lesser.',
  },
  {
    file: 'src/exchange/fhir/bill-line.ts',
    context: 'if (compareDecimals(value, ZERO) < 0) throw',
    becomes: 'false',
    why: 'The rules before it hold every figure below zero; this is the last door before the books.',
  },
  {
    file: 'src/exchange/fhir/bill-line.ts',
    context: 'if (rounded > MOST_CENTS) throw',
    becomes: 'false',
    why: 'A total above the most is held before it, and no line is more than its total; this is the last door before the books.',
  },
]

export function isLiving({ file, context, becomes }: Mutation): boolean {
  return living.some(each => each.file === file && context.startsWith(each.context) && each.becomes === becomes)
}
