import type { PatientId } from '../kernel/ids.ts'
import { resolve } from './fhir/bundle-index.ts'
import type { FileFacts } from './fhir/facts.ts'
import type { Join, Standing } from './same-person.ts'

type Standings = Map<string, Standing>

/**
 * Follows `Patient.link`: whoever was replaced is, with their claims, the person who replaced them, provided that both
 * records have the same birth date. Where one of the two is known here the other is that one; where both are, they are
 * to be joined.
 */
export function followReplacements(
  facts: FileFacts,
  standings: Standings,
): { joins: Join[]; replaced: ReadonlySet<string> } {
  const joins: Join[] = []
  const followed = replacements(facts)
  for (const [from, to] of followed) {
    const replaced = standings.get(from)
    const standing = standings.get(to)
    if (!replaced || 'why' in replaced || !standing) continue
    if ('why' in standing) standings.set(from, standing)
    else if (!bornOn(replaced).equals(bornOn(standing)))
      standings.set(from, { why: "Its patient's record says that one with another birth date replaced it." })
    else if (replaced.known && !standing.known) replaceEverywhere(standings, standing.id, replaced)
    else {
      if (replaced.known && standing.known && replaced.id !== standing.id)
        joins.push({ from: replaced.id, to: standing.id })
      replaceEverywhere(standings, replaced.id, standing)
    }
  }
  return { joins, replaced: new Set(followed.map(([from]) => from)) }
}

function replaceEverywhere(standings: Standings, id: PatientId, standing: Standing): void {
  for (const [source, one] of standings) if ('id' in one && one.id === id) standings.set(source, standing)
}

function bornOn(standing: Exclude<Standing, { why: string }>): Temporal.PlainDate {
  return standing.known ? standing.known.bornOn : standing.person.bornOn
}

/** Each record of the file that was replaced, with the one that holds now, at the end of the chain. */
function replacements({ patients, index }: FileFacts): [string, string][] {
  const addressed = (target: string) => resolve(index, target) ?? target
  const next = new Map<string, string>()
  for (const { source, replacedBy, replaces } of patients.values()) {
    if (replacedBy) next.set(source, addressed(replacedBy))
    for (const target of replaces) next.set(addressed(target), source)
  }
  return [...next.keys()].flatMap(from => {
    const seen = new Set([from])
    let to = next.get(from) ?? from
    while (next.has(to) && !seen.has(to)) {
      seen.add(to)
      to = next.get(to) ?? to
    }
    return seen.has(to) ? [] : [[from, to] as [string, string]]
  })
}
