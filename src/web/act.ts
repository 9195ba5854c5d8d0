import type { VNode } from 'preact'
import type { z } from 'zod'
import { Refusal, type RefusalKind } from '../kernel/refusal.ts'
import { page } from './answers.ts'
import { type Fields, readFields } from './fields.ts'
import type { Form } from './forms.ts'

/** A form that comes back: why it was refused, and what had been typed. */
export type Returned = { readonly refusal: Refusal; readonly form: Form }

/** What was typed and can be put right stands on the page again; everything else is answered in the one place for it. */
const BACK: readonly RefusalKind[] = ['invalid', 'conflict', 'limited']

/**
 * How a form is answered: read by its schema, done, and led on; or the page again with what was typed and the sentence, as 422, or 429
 * where it came too often. `again` makes that page; where it makes none, the refusal is answered as any other.
 */
export function acting<Context, Schema extends Fields>(
  schema: Schema | undefined,
  act: (context: Context & { readonly fields: z.output<Schema> }) => Promise<Response>,
  again?: (context: Context, returned: Returned) => Promise<VNode | undefined> | VNode | undefined,
): (context: Context & { readonly form: Form }) => Promise<Response> {
  return async context => {
    const { form } = context
    try {
      const fields = schema ? readFields(schema, form) : ({} as z.output<Schema>)
      return await act({ ...context, fields })
    } catch (refusal) {
      if (!again || !(refusal instanceof Refusal) || !BACK.includes(refusal.kind)) throw refusal
      const node = await again(context, { refusal, form })
      if (!node) throw refusal
      return page(node, refusal.kind === 'limited' ? 429 : 422)
    }
  }
}
