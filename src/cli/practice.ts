import { parseArgs } from 'node:util'
import { findEmail } from '../identity/emails.ts'
import { inviteStaff } from '../identity/staff.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import type { OpenApp } from '../main/app.ts'
import { withApp } from '../main/with-app.ts'
import { readConfig } from '../platform/config.ts'
import { transact } from '../platform/database.ts'
import { Trouble } from '../platform/trouble.ts'
import { createPractice, findBySlug, getPractice, type Practice } from '../practice/practices.ts'
import { setSettings } from '../practice/settings.ts'
import { connectProcessor, findConnection } from '../processor/connections.ts'
import type { Io } from './command.ts'
import { practiceOf } from './practice-of.ts'

export const usage = `
portico practice create --slug S --name N --owner EMAIL [--time-zone Z] [--locale en|es] [--phone P]
portico practice set --practice S KEY=VALUE…

  create   makes a practice, opens its account at the processor, and mails its owner an invitation
  set      changes settings by name: posting=auto|manual, landing=bills|home, partialPayments=on|off, minimumPartCents=N,
           overpaying=on|off, reservationMinutes=N, linkIsEnough=on|off, removableMethods=on|off, dueDays=N, brand=oklch(…)
`

const OPTIONS = {
  slug: { type: 'string' },
  name: { type: 'string' },
  owner: { type: 'string' },
  practice: { type: 'string' },
  'time-zone': { type: 'string', default: 'America/New_York' },
  locale: { type: 'string', default: 'en' },
  phone: { type: 'string', default: '' },
} as const

type Values = ReturnType<typeof read>['values']

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = read(args)
  const [what, ...pairs] = positionals
  if (what === 'create') return create(values, io)
  if (what === 'set') return set(values, pairs, io)
  throw new Trouble('It is portico practice create, or portico practice set.')
}

function read(args: string[]) {
  return parseArgs({ args, options: OPTIONS, allowPositionals: true })
}

async function create({ slug, name, owner, locale, phone, 'time-zone': timeZone }: Values, io: Io): Promise<number> {
  const email = findEmail(owner ?? '')
  if (!slug || !name || !email) throw new Trouble('Name all three: --slug S --name N --owner EMAIL.')
  if (locale !== 'en' && locale !== 'es') throw new Trouble('--locale is en or es.')
  return withApp(readConfig(), 'practice', async app => {
    const facts = {
      slug,
      name,
      timeZone,
      locale,
      currency: 'usd',
      phone,
      email,
      address: {},
      taxId: null,
      npi: null,
    } as const
    const practice = (await begun(app, facts)) ?? (await createPractice(app, facts))
    await connectProcessor(app, practice.id, name)
    await inviteStaff(app, system(practice.id, 'command line'), {
      email,
      name: email.split('@')[0] ?? email,
      role: 'owner',
    })
    io.print(
      io.json
        ? JSON.stringify({ id: practice.id, slug, url: `${app.config.url}/${slug}` })
        : `${app.config.url}/${slug}`,
    )
    return 0
  })
}

/** The same practice where an earlier try could not reach the processor: it is gone on with. */
async function begun(
  app: OpenApp,
  facts: { slug: string; name: string; email: string },
): Promise<Practice | undefined> {
  const known = await findBySlug(app.db, facts.slug)
  if (!known) return undefined
  const { practice, connection } = await transact(app.db, wholePractice(known.id), async tx => ({
    practice: await getPractice(tx, known.id),
    connection: await findConnection(tx, known.id),
  }))
  return !connection && practice.name === facts.name && practice.email === facts.email ? practice : undefined
}

async function set({ practice: slug }: Values, pairs: string[], io: Io): Promise<number> {
  const changes = Object.fromEntries(
    pairs.map(pair => {
      const at = pair.indexOf('=')
      if (at < 1) throw new Trouble(`A setting is KEY=VALUE, not ${pair}.`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
  if (pairs.length === 0) throw new Trouble('Name at least one setting: KEY=VALUE.')
  return withApp(readConfig(), 'practice', async app => {
    const { id } = await practiceOf(app, slug)
    await setSettings(app, system(id, 'command line'), changes)
    io.print(
      io.json ? JSON.stringify({ practice: slug, changed: Object.keys(changes) }) : `${slug}: ${pairs.join(' ')}`,
    )
    return 0
  })
}
