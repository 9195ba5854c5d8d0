import type { Entry } from './bundles.ts'

/** Ana, as a server of a payer names her; her claims and their answers are made of what a test says of them. */
export const ANA = 'http://payer.example/fhir/Patient/ana'
export const ana: Entry = {
  fullUrl: ANA,
  resource: {
    resourceType: 'Patient',
    id: 'ana',
    name: [{ family: 'Ro', given: ['Ana', 'Mia'] }],
    birthDate: '1980-02-29',
    gender: 'female',
  },
}

export function usd(value: number, currency = 'USD') {
  return { value, currency }
}

export function item(sequence: number, text: string, more: object = {}) {
  return { sequence, productOrService: { text }, ...more }
}

/** Figures by their code, as `adjudication` and `total` name them. */
export function adjudication(amounts: Record<string, number>) {
  return Object.entries(amounts).map(([code, value]) => ({ category: { coding: [{ code }] }, amount: usd(value) }))
}

/** An item with what the insurer says to it. */
export function answered(sequence: number, amounts: Record<string, number>, more: object = {}) {
  return item(sequence, 'Visit', { adjudication: adjudication(amounts), ...more })
}

/** A claim of Ana's as an entry; insured unless it says otherwise. */
export function claim(id: string, more: object): Entry {
  const resource = {
    resourceType: 'Claim',
    id,
    status: 'active',
    use: 'claim',
    patient: { reference: 'Patient/ana' },
    created: '2024-03-01',
    insurance: [{ focal: true, coverage: { display: 'Aetna' } }],
  }
  return { fullUrl: `http://payer.example/fhir/Claim/${id}`, resource: { ...resource, ...more } }
}

/** An explanation of benefit that answers a claim of Ana's. */
export function explanation(id: string, claimId: string, more: object): Entry {
  const { resource } = claim(id, more)
  return {
    fullUrl: `http://payer.example/fhir/ExplanationOfBenefit/${id}`,
    resource: {
      outcome: 'complete',
      ...(resource as object),
      resourceType: 'ExplanationOfBenefit',
      claim: { reference: `Claim/${claimId}` },
    },
  }
}
