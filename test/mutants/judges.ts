/** The code whose cents are money: what the changes are made in. */
export const MUTATED: readonly string[] = [
  'src/{processor,payments,returns,recovery,billing,ledger}/**/*.ts',
  'src/exchange/fhir/{bill-line,bills,amounts,adjudications}.ts',
]

const ALWAYS = ['test/postgres/accounting', 'test/postgres/races', 'test/postgres/lost-answers', 'test/money']

const OWN: Readonly<Record<string, readonly string[]>> = {
  processor: ['src/processor', 'src/payments', 'sandbox/'],
  payments: ['src/payments', 'src/portal/payments', 'src/portal/methods'],
  returns: ['src/returns', 'src/books', 'src/office/transactions'],
  recovery: ['src/recovery', 'src/returns', 'src/payments'],
  billing: ['src/billing', 'src/payments', 'src/exchange/import-fhir'],
  ledger: ['src/ledger', 'src/payments', 'src/returns'],
  exchange: ['src/exchange'],
}

/** The tests that judge a file; the first that fails has noticed. */
export function judgesOf(file: string): string[] {
  const room = file.split('/')[1] ?? ''
  return [...(OWN[room] ?? []), ...(room === 'exchange' ? [] : ALWAYS)]
}
