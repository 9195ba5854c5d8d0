import { parseArgs } from 'node:util'
import { findEmail } from '../identity/emails.ts'
import { makeLink } from '../identity/links.ts'
import { system } from '../kernel/actor.ts'
import { paths } from '../kernel/paths.ts'
import { Refusal } from '../kernel/refusal.ts'
import { withApp } from '../main/with-app.ts'
import { readConfig } from '../platform/config.ts'
import { Trouble } from '../platform/trouble.ts'
import type { Io } from './command.ts'
import { practiceOf } from './practice-of.ts'

export const usage = `
portico link EMAIL --practice S   prints a fresh access link; not in production
`

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { practice: { type: 'string' } }, allowPositionals: true })
  const email = findEmail(positionals[0] ?? '')
  const config = readConfig()
  if (!email) throw new Trouble('Name the email address: portico link EMAIL --practice S.')
  if (config.mode === 'production') throw new Trouble('In production a link goes to its owner by mail alone.')
  return withApp(config, 'link', async app => {
    const { id, slug } = await practiceOf(app, values.practice)
    const { token, expiresAt } = await makeLink(app, system(id, 'command line'), email).catch(error => {
      if (error instanceof Refusal) throw new Trouble(`Nobody with the address ${email} has access at ${slug}.`)
      throw error
    })
    const url = `${config.url}${paths.link(slug, token)}`
    io.print(io.json ? JSON.stringify({ url, expiresAt: expiresAt.toString() }) : url)
    return 0
  })
}
