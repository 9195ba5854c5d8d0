import { servedOn } from './bill-facts.ts'
import { resolve } from './bundle-index.ts'
import type { ClaimFacts } from './claims.ts'
import type { FileFacts } from './facts.ts'
import type { Case } from './reading.ts'

/**
 * Every claim of a file with its explanations. One whose claim is not in the file stands alone, under the address by
 * which it names that claim, so that the claim is known when it comes.
 */
export function casesOf(facts: FileFacts): Case[] {
  const answers = Map.groupBy(facts.explanations, one => {
    const target = one.claim?.target ?? one.source
    return resolve(facts.index, target) ?? target
  })
  const claims = [...facts.claims.values()].map(claim => {
    const explanations = answers.get(claim.source) ?? []
    return {
      source: claim.source,
      name: claim.name,
      claim,
      explanations,
      patients: patientsOf([claim, ...explanations], facts),
    }
  })
  const alone = [...answers].filter(([source]) => !facts.claims.has(source))
  return [
    ...claims,
    ...alone.map(([source, explanations]) => {
      const name = explanations[0]?.claim?.named ?? explanations[0]?.name ?? source
      return { source, name, claim: null, explanations, patients: patientsOf(explanations, facts) }
    }),
  ]
}

/** The number of the entry that brings a claim: its own, else its first answer's. */
export function entryOf({ claim, explanations }: Pick<Case, 'claim' | 'explanations'>): number {
  return (claim ?? explanations[0])?.entry ?? 0
}

/** The first day on which a claim's services were given; null where it says none. */
export function dayOfCase({ claim, explanations }: Case, facts: FileFacts): Temporal.PlainDate | null {
  const asked = claim ?? explanations[0]
  if (!asked) return null
  const days = [asked.items[0], ...asked.items.slice(1)].flatMap(item => servedOn(asked, item, facts) ?? [])
  return days.toSorted(Temporal.PlainDate.compare)[0] ?? null
}

/** Whom it and its answers are about, by the addresses that the file gives them. */
function patientsOf(resources: readonly ClaimFacts[], { index }: FileFacts): string[] {
  const named = resources.flatMap(one => one.patient?.target ?? [])
  return [...new Set(named.map(target => resolve(index, target) ?? target))]
}
