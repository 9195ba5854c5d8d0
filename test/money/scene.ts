import type { AccountId, InvoiceId, PatientId } from '../../src/kernel/ids.ts'
import type { Practice } from '../../src/practice/practices.ts'
import { setSettings } from '../../src/practice/settings.ts'
import { type Bank, bankOf } from '../support/bank.ts'
import { addBill, addPatient, makePractice, type World } from '../support/world.ts'
import type { Seen } from './seen.ts'

/** How a practice keeps its books. */
export type Variant = { readonly posting: 'auto' | 'manual'; readonly overpaying: boolean }

export const VARIANTS: readonly Variant[] = [
  { posting: 'auto', overpaying: false },
  { posting: 'manual', overpaying: true },
  { posting: 'auto', overpaying: true },
  { posting: 'manual', overpaying: false },
]

/** One practice of a world, in which one sequence after another is played. */
export type Stage = Variant & {
  readonly world: World
  readonly practice: Practice
  readonly bank: Bank
  /** The practice's account at the processor. */
  readonly at: string
}

/** One household of two people, with their bills. */
export type Scene = Stage & {
  readonly account: AccountId
  readonly patients: readonly PatientId[]
  readonly bills: readonly InvoiceId[]
  /** Whether something happened at the processor that Portico has not learned of. */
  hasUntold: boolean
  /** How it stood when it was last looked at. */
  seen: Seen
}

const NOTHING: Seen = { payments: [], bills: [], returns: [], receivables: [], borne: 0n, least: 0n }

let stages = 0

export async function makeStage(world: World, variant: Variant): Promise<Stage> {
  const practice = await makePractice(world.app, `practice-${++stages}`, {})
  const bank = bankOf(world, practice)
  const { posting, overpaying } = variant
  await setSettings(world.app, bank.actor, { posting, overpaying: overpaying ? 'on' : 'off' })
  return { ...variant, world, practice, bank, at: await bank.processorAccount() }
}

export async function makeScene(stage: Stage): Promise<Scene> {
  const { bank, practice, world } = stage
  return bank.read(async tx => {
    const { account, id: maria } = await addPatient(tx, practice, { name: 'Maria' })
    const { id: leo } = await addPatient(tx, practice, { name: 'Leo', account })
    const bills = [
      await addBill(world, tx, practice, { account, patient: maria, share: 4000n, index: 0 }),
      await addBill(world, tx, practice, { account, patient: leo, share: 2500n, index: 1 }),
    ]
    return {
      ...stage,
      account,
      patients: [maria, leo],
      bills: bills.filter(bill => bill !== null),
      hasUntold: false,
      seen: NOTHING,
    }
  })
}
