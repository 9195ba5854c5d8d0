import type { PracticeId } from '../kernel/ids.ts'
import type { App } from '../platform/app.ts'
import { type Allowance, useAllowances } from './allowances.ts'
import type { Asker } from './askers.ts'

type Asking = { readonly practice: PracticeId; readonly email: string; readonly asker: Asker }

/**
 * Whether a link is mailed to this address now. One in ten minutes always is, whoever asked before and however often: nobody keeps a
 * patient without one. More than that is counted by who asks, and more slowly by whom it concerns: nobody fills a mailbox.
 */
export async function mayMailLink(app: Pick<App, 'config' | 'db'>, asking: Asking): Promise<boolean> {
  return (
    (await useAllowances(app, [always(asking)])) || (await useAllowances(app, [...byAsker(asking), byReader(asking)]))
  )
}

const always = ({ practice, email }: Asking): Allowance => ({ key: `link ${practice} ${email}`, most: 1, minutes: 10 })

const byReader = ({ practice, email }: Asking): Allowance => ({
  key: `more links ${practice} ${email}`,
  most: 12,
  minutes: 6 * 60,
})

function byAsker({ practice, email, asker: { address, network, session } }: Asking): Allowance[] {
  return [
    // Whoever shares an address with a stranger has another browser, and what a stranger's asked for is not all that goes there.
    { key: `more links ${practice} ${email} from ${address} ${session ?? ''}`, most: 4, minutes: 60 },
    { key: `more links ${practice} ${email} from ${address}`, most: 10, minutes: 60 },
    { key: `more links from ${address}`, most: 40, minutes: 60 },
    { key: `more links from network ${network}`, most: 400, minutes: 60 },
    ...(session ? [{ key: `more links from session ${session}`, most: 10, minutes: 60 }] : []),
  ]
}
