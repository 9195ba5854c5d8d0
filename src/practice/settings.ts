import { sql } from 'kysely'
import { z } from 'zod'
import { recordEvent } from '../audit/events.ts'
import { type Actor, wholePractice } from '../kernel/actor.ts'
import { contrastWithWhite, LEAST_CONTRAST } from '../kernel/colour.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { App } from '../platform/app.ts'
import { type Tx, transact } from '../platform/database.ts'

const OnOff = z.union([z.boolean(), z.enum(['on', 'off']).transform(value => value === 'on')])

/** What a practice decides, with the default that holds until it does (domain.md names the numbers). */
export const Settings = z.object({
  /** Whether a received payment goes to the bills by itself or waits for staff. */
  posting: z.enum(['auto', 'manual']).default('auto'),
  /** Where an access link without a destination leads. */
  landing: z.enum(['bills', 'home']).default('bills'),
  partialPayments: OnOff.default(true),
  /** The least a part-payment may be, in cents. */
  minimumPartCents: z.coerce.number().int().min(1).max(99_999_999).default(100),
  overpaying: OnOff.default(false),
  /** Whether a person who came by emailed link may save and use methods, or proves themselves by a fresh code first. */
  linkIsEnough: OnOff.default(false),
  /** Whether patients may remove saved methods at all. */
  removableMethods: OnOff.default(true),
  /** How long an attempt that waits for its payer, at the bank or on the processor's page, reserves what it would pay, in minutes. */
  reservationMinutes: z.coerce.number().int().min(5).max(1440).default(30),
  /** Calendar days from the issue of an invoice until it is due. */
  dueDays: z.coerce.number().int().min(0).max(365).default(21),
  /** The practice's one colour, from which every tint is derived: an oklch lightness, chroma and hue. */
  brand: z
    .string()
    .regex(
      /^oklch\(0\.[234]\d{0,3} 0(\.\d{1,4})? \d{1,3}(\.\d{1,2})?\)$/,
      'a brand colour reads like oklch(0.44 0.085 195), dark enough for white text',
    )
    .refine(
      colour => contrastWithWhite(colour) >= LEAST_CONTRAST,
      'white words cannot be read on this colour; choose a darker one',
    )
    .default('oklch(0.44 0.085 195)'),
})

export type Settings = z.infer<typeof Settings>

/** Changes settings by name; a name or value that does not exist refuses the whole change (`setting.unknown`, `setting.invalid`). */
export async function setSettings(app: App, actor: Actor, changes: Readonly<Record<string, string>>): Promise<void> {
  const shape = Settings.shape as Record<string, z.ZodType>
  const parsed = Object.entries(changes).map(([name, text]): [string, unknown] => {
    const schema = shape[name]
    if (!schema) throw new Refusal('invalid', 'setting.unknown', { name, names: Object.keys(shape).join(', ') })
    const value = schema.safeParse(text)
    if (!value.success)
      throw new Refusal('invalid', 'setting.invalid', { name, why: value.error.issues[0]?.message ?? '' })
    return [name, value.data]
  })
  await transact(app.db, wholePractice(actor.practice), async tx => {
    for (const [name, value] of parsed) await recordSetting(tx, actor, name, value)
    await recordEvent(app, tx, actor, {
      type: 'practice.set',
      subject: actor.practice,
      data: { names: parsed.map(([name]) => name).join(',') },
    })
  })
}

async function recordSetting(tx: Tx, actor: Actor, name: string, value: unknown): Promise<void> {
  const json = JSON.stringify(value)
  const by = actor.kind === 'staff' ? actor.staff : actor.kind
  await sql`insert into practice.setting (practice_id, name, value, changed_by) values (${actor.practice}, ${name}, ${json}, ${by})
    on conflict (practice_id, name) do update set value = excluded.value, changed_at = now(), changed_by = excluded.changed_by`.execute(
    tx,
  )
  await sql`insert into practice.setting_change (practice_id, name, value, changed_by) values (${actor.practice}, ${name}, ${json}, ${by})`.execute(
    tx,
  )
}
