import type { FileReport } from '../exchange/file-report.ts'

/** What one file came to, in plain words. */
export function reportLines(report: FileReport): string[] {
  const { file, status, why, at, held, notes } = report
  if (status === 'refused') return [`${file}: refused. ${why}${at ? ` At ${at}.` : ''}`]
  return [
    `${file}: ${status === 'taken' ? 'taken' : 'nothing new'}. ${entries(report)}`,
    ...(report.charges > 0 ? [`  ${counts(report)}: ${money(report)}`] : []),
    ...held.map(one => `  held: ${one.claim}: ${one.why}`),
    ...notes.map(one => `  note: ${one.claim}: ${one.why}`),
  ]
}

function entries({ entries, taken, skipped }: FileReport): string {
  const types = Object.entries(skipped).map(([type, count]) => `${count} ${type}`)
  const kept = types.length ? `; kept for the record: ${types.join(', ')}` : ''
  return `${plural(entries, 'entry', 'entries')}, ${taken} taken${kept}.`
}

function counts({ patients, charges, invoices }: FileReport): string {
  return `${plural(patients, 'patient')}, ${plural(charges, 'charge')}, ${plural(invoices, 'bill')}`
}

function money({ money: m }: FileReport): string {
  const parts = `insurance paid ${m.insurancePaid}, took off ${m.discount}, patient's share ${m.patientShare}`
  return `charged ${m.charged} of ${m.claimed} claimed; ${parts}, waiting for insurance ${m.waiting}.`
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
