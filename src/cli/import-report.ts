import type { Fate, FileReport } from '../exchange/file-report.ts'

/** What one file came to, in plain words. */
export function reportLines(report: FileReport): string[] {
  const { file, status, why, at, held, notes } = report
  if (status === 'refused') return [`${file}: refused. ${why}${at ? ` At ${at}.` : ''}`]
  const claims = report.claims.filter(one => one.answer === null)
  const answers = report.claims.filter(one => one.answer !== null)
  return [
    `${file}: ${status === 'taken' ? 'taken' : 'nothing new'}. ${entries(report)}`,
    ...(report.charges > 0 ? [`  ${counts(report)}: ${money(report)}`] : []),
    ...news(report),
    ...fates('claim', claims),
    ...fates('answer', answers),
    ...held.map(one => `  held: ${one.claim}: ${one.why}`),
    ...notes.map(one => `  note: ${one.claim}: ${one.why}`),
    ...answerNotes(answers),
  ]
}

function entries({ entries, taken, skipped }: FileReport): string {
  const types = Object.entries(skipped).map(([type, count]) => `${count} ${type}`)
  const kept = types.length ? `; kept for the record: ${types.join(', ')}` : ''
  return `${plural(entries, 'entry', 'entries')}, ${taken} taken${kept}.`
}

function counts({ patients, charges, invoices }: FileReport['new']): string {
  return `${plural(patients, 'patient')}, ${plural(charges, 'charge')}, ${plural(invoices, 'bill')}`
}

/** What of a file was known here already, where it was not all new. */
function news({ status, patients, charges, invoices, new: fresh, updated }: FileReport): string[] {
  const isAllNew = fresh.patients === patients && fresh.charges === charges && fresh.invoices === invoices
  if (status !== 'taken' || (isAllNew && updated.patients === 0)) return []
  const records = updated.patients > 0 ? `; ${plural(updated.patients, 'known record')} changed` : ''
  return [`  new here: ${counts(fresh)}${records}`]
}

function money({ money: m }: FileReport): string {
  const parts = `insurance paid ${m.insurancePaid}, took off ${m.discount}, patient's share ${m.patientShare}`
  return `charged ${m.charged} of ${m.claimed} claimed; ${parts}, waiting for insurance ${m.waiting}.`
}

/** How many claims, or answers to claims, became what. */
function fates(what: string, of: readonly Fate[]): string[] {
  const counts = (['taken', 'waiting', 'held', 'noted'] as const).map(is => [
    of.filter(one => one.is === is).length,
    is,
  ])
  const kinds = counts.filter(([count]) => count !== 0).map(count => count.join(' '))
  return kinds.length > 0 ? [`  ${plural(of.length, what)}: ${kinds.join(', ')}`] : []
}

/** Why answers change nothing, once for all that have the same reason. */
function answerNotes(answers: readonly Fate[]): string[] {
  const whys = Map.groupBy(
    answers.filter(one => one.is === 'noted'),
    one => one.why,
  )
  return [...whys].map(([why, of]) => `  note: ${of.length > 1 ? plural(of.length, 'answer') : of[0]?.answer}: ${why}`)
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
