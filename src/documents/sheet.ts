import type { Sender } from '../design/bill-pdf.ts'
import type { Words } from '../design/words.ts'
import { fullName, type Patient } from '../identity/patients.ts'
import { hexOf } from '../kernel/colour.ts'
import type { About } from '../practice/about.ts'

/** Whose document it is, and in which words. */
export type Sheet = About & { readonly words: Words }

/** The practice as the sender of a document. */
export function senderOf({ practice: { name, address, phone, taxId }, settings: { brand } }: Sheet): Sender {
  const town = [address.city, [address.state, address.postalCode].filter(Boolean).join(' ')].filter(Boolean).join(', ')
  return {
    name,
    brand: hexOf(brand),
    address: [...(address.lines ?? []), town].filter(line => line !== ''),
    phone,
    taxId,
  }
}

/** A person's whole name, empty where there is nobody. */
export function nameOf(person: Patient | undefined): string {
  return person ? fullName(person) : ''
}
