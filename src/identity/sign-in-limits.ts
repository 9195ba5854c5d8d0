import type { LinkId, PracticeId } from '../kernel/ids.ts'
import type { App } from '../platform/app.ts'
import { type Allowance, forgetUses, giveBack, useAllowances } from './allowances.ts'
import type { Asker } from './askers.ts'

type Needs = Pick<App, 'config' | 'db'>
/** A guess at somebody's password at a practice's door. */
export type Guess = { readonly practice: PracticeId; readonly email: string; readonly asker: Asker }

/**
 * Whether one more guess is looked at. Counted by who guesses, so that ten wrong ones of a stranger keep nobody else out, and more slowly
 * by whose password it is, wherever they come from. Counted before anything is compared, so that many at once count as many.
 */
export async function mayGuess(app: Needs, guess: Guess): Promise<boolean> {
  return useAllowances(app, [byPair(guess), ...byAsker(guess), byLogin(guess)])
}

/** The password was right: it was no guess, and what this asker guessed at it before is forgotten. */
export async function forgetGuesses(app: Needs, guess: Guess): Promise<void> {
  await forgetOwnGuesses(app, guess)
  await giveBack(app, [...byAsker(guess), byLogin(guess)])
}

/** The same for one who came another way and guessed nothing now. */
export async function forgetOwnGuesses(app: Needs, guess: Guess): Promise<void> {
  await forgetUses(app, byPair(guess))
}

/** Whether one more guess is looked at by whoever holds a link that unlocks: ten, for as long as the link opens. */
export async function mayGuessByLink(app: Needs, link: LinkId): Promise<boolean> {
  return useAllowances(app, [{ key: `password by ${link}`, most: 10, minutes: 60 }])
}

/** Whether one more mail with a link that unlocks goes to this address: one in a quarter of an hour, whoever guesses meanwhile. */
export async function mayMailUnlock(app: Needs, { practice, email }: Guess): Promise<boolean> {
  return useAllowances(app, [{ key: `unlock ${practice} ${email}`, most: 1, minutes: 15 }])
}

const byPair = ({ practice, email, asker: { address } }: Guess): Allowance => ({
  key: `password ${practice} ${email} from ${address}`,
  most: 10,
  minutes: 15,
})

const byLogin = ({ email }: Guess): Allowance => ({ key: `password ${email}`, most: 30, minutes: 60 })

function byAsker({ asker: { address, network, session } }: Guess): Allowance[] {
  return [
    { key: `password from ${address}`, most: 60, minutes: 15 },
    { key: `password from network ${network}`, most: 300, minutes: 15 },
    ...(session ? [{ key: `password from session ${session}`, most: 20, minutes: 15 }] : []),
  ]
}
