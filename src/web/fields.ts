import { z } from 'zod'
import { type Id, isId } from '../kernel/ids.ts'
import { parseDollars } from '../kernel/money.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { Form } from './forms.ts'

/** A form's schema: its fields by name. */
export type Fields = z.ZodObject<Record<string, z.ZodType>>

/** A field by what reads it: of the values that were sent, trimmed and without empty ones; it refuses what it cannot take. */
export function field<Read>(read: (sent: readonly string[]) => Read) {
  return z.array(z.string()).transform((sent, context): Read => {
    try {
      return read(sent)
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal
      context.addIssue({ code: 'custom', params: { refusal } })
      return z.NEVER
    }
  })
}

/** What was typed, '' where nothing was; refuses `text.tooLong`. */
export const text = (most = Number.POSITIVE_INFINITY) =>
  field(([typed = '']) => {
    if (typed.length > most) throw new Refusal('invalid', 'text.tooLong', { most })
    return typed
  })

/** An amount in dollars; refuses `amount.invalid`. */
export const dollars = () =>
  field(([typed = '']) => {
    const amount = parseDollars(typed)
    if (amount === undefined) throw new Refusal('invalid', 'amount.invalid')
    return amount
  })

/** One of these; refuses `choice.invalid`. */
export const choice = <const Option extends string>(...options: readonly Option[]) =>
  field(([chosen]) => {
    const option = options.find(each => each === chosen)
    if (option === undefined) throw new Refusal('invalid', 'choice.invalid')
    return option
  })

/** A box that was ticked. */
export const tick = () => field(([sent = '']) => ['1', 'on', 'true', 'yes'].includes(sent))

/** An id that the page put into its form; without it the form cannot be read: `body.malformed`. */
export const id = <Prefix extends string>(prefix: Prefix) =>
  field(([sent = '']): Id<Prefix> => {
    if (!isId(prefix, sent)) throw new Refusal('malformed', 'body.malformed')
    return sent
  })

/** Ids that were ticked, each once. */
export const ids = <Prefix extends string>(prefix: Prefix) =>
  field(sent => [...new Set(sent.filter((each): each is Id<Prefix> => isId(prefix, each)))])

/** Reads a form by its schema; throws what the first field refuses, which belongs beside it. */
export function readFields<Schema extends Fields>(schema: Schema, form: Form): z.output<Schema> {
  const sent = Object.fromEntries(Object.keys(schema.shape).map(name => [name, form.all(name)]))
  const read = schema.safeParse(sent)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const refusal = issue?.code === 'custom' ? (issue.params?.refusal as Refusal) : undefined
  if (!refusal) throw read.error
  const { kind, code, values, field: own } = refusal
  throw new Refusal(kind, code, values, own ?? String(issue?.path[0]))
}
