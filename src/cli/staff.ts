import { parseArgs } from 'node:util'
import { findEmail } from '../identity/emails.ts'
import { inviteAgain } from '../identity/staff.ts'
import { system } from '../kernel/actor.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { OpenApp } from '../main/app.ts'
import { withApp } from '../main/with-app.ts'
import { readConfig } from '../platform/config.ts'
import { Trouble } from '../platform/trouble.ts'
import type { Io } from './command.ts'
import { practiceOf } from './practice-of.ts'

export const usage = `
portico staff invite EMAIL --practice S   mails a member of staff a new invitation to choose a password

The invitations before it end. Whoever has a password keeps it until they choose another.
`

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { practice: { type: 'string' } }, allowPositionals: true })
  const [what, typed = ''] = positionals
  const email = findEmail(typed)
  if (what !== 'invite' || !email) throw new Trouble('It is portico staff invite EMAIL --practice S.')
  return withApp(readConfig(), 'staff', app => invite(app, { email, practice: values.practice }, io))
}

export async function invite(
  app: OpenApp,
  order: { email: string; practice: string | undefined },
  io: Io,
): Promise<number> {
  const { email } = order
  const { id, slug } = await practiceOf(app, order.practice)
  const { staff } = await inviteAgain(app, system(id, 'command line'), email).catch(error => {
    if (error instanceof Refusal) throw new Trouble(`Nobody with the address ${email} is staff at ${slug}.`)
    throw error
  })
  io.print(
    io.json
      ? JSON.stringify({ practice: slug, staff, email })
      : `A new invitation to ${slug} goes to ${email}; a worker sends it.`,
  )
  return 0
}
