import type { Form } from '../../web/forms.ts'
import type { StaffGet, StaffPost } from '../../web/route.ts'

export const PAYMENT_PATH = '/:practice/office/transactions/:payment'
/** Somebody of staff at a payment's page, or sending one of its forms. */
export type PaymentContext = StaffGet<typeof PAYMENT_PATH> | StaffPost<typeof PAYMENT_PATH>

/** A form of the page that comes back: its sentence, and what was typed. */
export type Returned = {
  readonly error: string
  readonly field: string | undefined
  readonly form: Form
  /** Which return it was about, where there may be several. */
  readonly of?: string | undefined
}
