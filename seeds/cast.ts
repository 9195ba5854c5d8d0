/**
 * The people of the demo, of its tests and of the docs, each with the Synthea record that they take over
 * (seeds/synthea/README.md). Everybody is made up.
 */
export type Role = {
  /** The record: a file of seeds/synthea. */
  readonly record: string
  readonly practice: PracticeName
  readonly givenName: string
  readonly familyName: string
  readonly gender: 'female' | 'male'
  /** Their own address of mail; whoever has one may sign in. */
  readonly email: string | null
  readonly locale?: 'en' | 'es'
  /** The record of the guarantor whose household they belong to, where it is not their own. */
  readonly household?: string
  /** How many days before the day of the seed the record's newest claim comes to lie. */
  readonly newestClaimDaysAgo: number
  /** Where they live, where the record's own address would part a household. */
  readonly address?: Address
  /** What the record's payers are called here. */
  readonly payers?: Readonly<Record<string, string>>
  /** From when shares are open bills, as the record dates them; older ones come in as settled history. */
  readonly openSince: string
  /** The claims that this practice does not have, or the only ones it has, of a record that two practices share. */
  readonly claims?: { readonly without: readonly string[] } | { readonly only: readonly string[] }
}

export type Address = { line: string[]; city: string; state: string; postalCode: string }
export type PracticeName = 'riverside' | 'harbor'

const ORCHARD_LANE = { line: ['16 Orchard Lane'], city: 'Riverside', state: 'MA', postalCode: '01002' }
const CANAL_ROAD = { line: ['3 Canal Road, Apt 2'], city: 'Riverside', state: 'MA', postalCode: '01002' }
const BEACON_STREET = { line: ['88 Beacon Street'], city: 'Amherst', state: 'MA', postalCode: '01003' }
const FERRY_STREET = { line: ['21 Ferry Street'], city: 'Easton Harbor', state: 'MA', postalCode: '02334' }
const DANA_AT_HARBOR = [
  'urn:uuid:bf11536e-7d4d-42f8-ae07-5d3d62000718',
  'urn:uuid:094cf36a-5893-4939-8f5a-ce4d5ce707a1',
]
const DANA_NEWEST = 'urn:uuid:8a562206-5d75-4dbc-bcc3-d449da464c8d'
const dana = {
  record: 'reyna',
  givenName: 'Dana',
  familyName: 'Whitfield',
  gender: 'female',
  email: 'dana.whitfield@example.org',
  locale: 'en',
  newestClaimDaysAgo: 6,
} as const

/** Guarantors stand before their households. */
export const CAST: readonly Role[] = [
  {
    record: 'edythe',
    practice: 'riverside',
    givenName: 'Maria',
    familyName: 'Ortega',
    gender: 'female',
    email: 'maria.ortega@example.org',
    address: ORCHARD_LANE,
    newestClaimDaysAgo: 11,
    openSince: '2021-03-01',
  },
  {
    record: 'beatris',
    practice: 'riverside',
    givenName: 'Leo',
    familyName: 'Ortega',
    gender: 'male',
    email: null,
    household: 'edythe',
    address: ORCHARD_LANE,
    payers: { Humana: 'Cigna Health', Medicare: 'Cigna Health' },
    newestClaimDaysAgo: 5,
    openSince: '2023-05-01',
  },
  {
    record: 'enrique',
    practice: 'riverside',
    givenName: 'James',
    familyName: 'Okafor',
    gender: 'male',
    email: 'james.okafor@example.org',
    newestClaimDaysAgo: 9,
    openSince: '2017-07-01',
  },
  {
    record: 'buster',
    practice: 'riverside',
    givenName: 'Lucía',
    familyName: 'Fernández',
    gender: 'female',
    email: 'lucia.fernandez@example.org',
    locale: 'es',
    newestClaimDaysAgo: 4,
    openSince: '2019-01-01',
  },
  {
    record: 'lean',
    practice: 'riverside',
    givenName: 'Rosa',
    familyName: 'Lindqvist',
    gender: 'female',
    email: 'rosa.lindqvist@example.org',
    newestClaimDaysAgo: 13,
    openSince: '2020-01-01',
  },
  { ...dana, practice: 'riverside', openSince: '2020-02-01', claims: { without: DANA_AT_HARBOR } },
  { ...dana, practice: 'harbor', openSince: '2020-03-01', claims: { only: [...DANA_AT_HARBOR, DANA_NEWEST] } },
  {
    record: 'alden',
    practice: 'riverside',
    givenName: 'Alden',
    familyName: 'Considine',
    gender: 'male',
    email: 'alden.considine@example.org',
    newestClaimDaysAgo: 16,
    openSince: '2020-01-01',
  },
  {
    record: 'frankie',
    practice: 'riverside',
    givenName: 'Frankie',
    familyName: 'Jast',
    gender: 'male',
    email: 'frankie.jast@example.org',
    address: CANAL_ROAD,
    newestClaimDaysAgo: 20,
    openSince: '2019-02-01',
  },
  {
    record: 'gabriele',
    practice: 'riverside',
    givenName: 'Gabriele',
    familyName: 'Jast',
    gender: 'female',
    email: null,
    household: 'frankie',
    address: CANAL_ROAD,
    newestClaimDaysAgo: 8,
    openSince: '2020-01-01',
  },
  {
    record: 'hyacinth',
    practice: 'riverside',
    givenName: 'Hyacinth',
    familyName: 'Walsh',
    gender: 'female',
    email: 'hyacinth.walsh@example.org',
    address: BEACON_STREET,
    newestClaimDaysAgo: 14,
    openSince: '2020-01-01',
  },
  {
    record: 'claudie',
    practice: 'riverside',
    givenName: 'Claudie',
    familyName: 'Walsh',
    gender: 'female',
    email: null,
    household: 'hyacinth',
    address: BEACON_STREET,
    newestClaimDaysAgo: 3,
    openSince: '2020-07-01',
  },
  {
    record: 'dennis',
    practice: 'riverside',
    givenName: 'Dennis',
    familyName: 'Durgan',
    gender: 'male',
    email: null,
    newestClaimDaysAgo: 18,
    openSince: '2008-11-01',
  },
  {
    record: 'jose',
    practice: 'harbor',
    givenName: 'José María',
    familyName: 'Casares',
    gender: 'male',
    email: 'jose.casares@example.org',
    address: FERRY_STREET,
    newestClaimDaysAgo: 7,
    openSince: '2020-07-01',
  },
  {
    record: 'carla',
    practice: 'harbor',
    givenName: 'Carla',
    familyName: 'Casares',
    gender: 'female',
    email: null,
    household: 'jose',
    address: FERRY_STREET,
    newestClaimDaysAgo: 12,
    openSince: '2019-06-01',
  },
  {
    record: 'kermit',
    practice: 'harbor',
    givenName: 'Kermit',
    familyName: 'Trantow',
    gender: 'male',
    email: 'kermit.trantow@example.org',
    newestClaimDaysAgo: 10,
    openSince: '2019-06-01',
  },
]

/** The two practices' people. The password is printed by the demo; production refuses to seed it. */
export const STAFF = [
  { practice: 'riverside', email: 'priya.nair@example.org', name: 'Priya Nair', role: 'owner' },
  { practice: 'riverside', email: 'tom.becker@example.org', name: 'Tom Becker', role: 'biller' },
  { practice: 'harbor', email: 'noor.haddad@example.org', name: 'Noor Haddad', role: 'owner' },
] as const
export const STAFF_PASSWORD = 'made-up-people'

export const PRACTICES = {
  riverside: {
    name: 'Riverside Family Medicine',
    timeZone: 'America/New_York',
    locale: 'en',
    currency: 'usd',
    phone: '(555) 010-4410',
    email: 'office@riverside.example.org',
    address: { lines: ['418 Mill Street', 'Suite 2'], city: 'Riverside', state: 'MA', postalCode: '01002' },
    taxId: '12-3456789',
    npi: '1234567893',
    settings: { posting: 'auto', linkIsEnough: 'on' },
  },
  harbor: {
    name: 'Harbor Therapy',
    timeZone: 'America/New_York',
    locale: 'es',
    currency: 'usd',
    phone: '(555) 010-7720',
    email: 'office@harbor.example.org',
    address: { lines: ['7 Quay Street'], city: 'Easton Harbor', state: 'MA', postalCode: '02334' },
    taxId: '98-7654321',
    npi: '1245319599',
    settings: { posting: 'manual', linkIsEnough: 'on', brand: 'oklch(0.42 0.1 300)' },
  },
} as const
