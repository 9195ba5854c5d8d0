/** The code whose cents are money: what the changes are made in. */
export const MUTATED: readonly string[] = [
  'src/{processor,payments,returns,recovery,billing,ledger}/**/*.ts',
  'src/exchange/fhir/{bill-line,bills,lines,rounding,headers,hear,answers,amounts,adjudications,adjudication-codes}.ts',
  'src/exchange/claims/{decide,merge,held-lines,price-held,take-claims}.ts',
]

const ALWAYS = [
  'test/postgres/accounting',
  'test/postgres/races',
  'test/postgres/lost-answers',
  'test/postgres/wrong-clocks',
  'test/postgres/attempts',
  'test/money',
]

const OWN: Readonly<Record<string, readonly string[]>> = {
  processor: ['src/processor', 'src/payments', 'test/postgres/wrong-clocks', 'test/postgres/attempts'],
  payments: ['src/payments', 'src/portal/payments', 'src/portal/methods'],
  returns: ['src/returns', 'src/books', 'src/office/transactions'],
  recovery: ['src/recovery', 'src/returns', 'test/postgres/wrong-clocks', 'test/postgres/attempts'],
  billing: ['src/billing', 'src/payments', 'src/exchange/claims', 'src/exchange/answer-held'],
  ledger: ['src/ledger', 'src/payments', 'src/returns'],
}

/** What decides about claims without a database is judged without one. */
const RULES = ['bill-line', 'answers', 'adjudications', 'rounding', 'cases', 'map-file', 'refusals'].map(
  name => `src/exchange/fhir/${name}`,
)
const CLAIMS = ['src/exchange/claims', 'src/exchange/answer-held']

/** The tests that judge a file; the first that fails has noticed. */
export function judgesOf(file: string): string[] {
  if (file.startsWith('src/exchange/fhir/')) return RULES
  if (file.startsWith('src/exchange/')) return CLAIMS
  const room = file.split('/')[1] ?? ''
  return [...(OWN[room] ?? []), ...ALWAYS]
}
