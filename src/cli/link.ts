import { parseArgs } from 'node:util'
import { mintLink } from '../identity/links.ts'
import { findGrantee, readEmail } from '../identity/logins.ts'
import { wholePractice } from '../kernel/actor.ts'
import { paths } from '../kernel/paths.ts'
import { withApp } from '../main/with-app.ts'
import { readConfig } from '../platform/config.ts'
import { transact } from '../platform/database.ts'
import { Trouble } from '../platform/trouble.ts'
import type { Io } from './command.ts'
import { practiceOf } from './practice-of.ts'

export const usage = `
portico link EMAIL --practice S   prints a fresh access link; not in production
`

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { practice: { type: 'string' } }, allowPositionals: true })
  const email = readEmail(positionals[0] ?? '')
  const config = readConfig()
  if (!email) throw new Trouble('Name the email address: portico link EMAIL --practice S.')
  if (config.mode === 'production') throw new Trouble('In production a link goes to its owner by mail alone.')
  return withApp(config, 'link', async app => {
    const { id, slug } = await practiceOf(app, values.practice)
    const { token, expiresAt } = await transact(app.db, wholePractice(id), async tx => {
      const grantee = await findGrantee(tx, id, email)
      if (!grantee) throw new Trouble(`Nobody with the address ${email} has access at ${slug}.`)
      return mintLink(tx, id, { login: grantee.login, purpose: 'access', destination: null })
    })
    const url = `${config.url}${paths.link(slug, token)}`
    io.print(io.json ? JSON.stringify({ url, expiresAt: expiresAt.toString() }) : url)
    return 0
  })
}
