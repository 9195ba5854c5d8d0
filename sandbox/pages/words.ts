/** Every sentence of the hosted page, the card frame and the authentication page. */
const en = {
  number: 'Card number',
  expiry: 'Expiry',
  expiryHint: 'MM / YY',
  cvc: 'Security code',
  postalCode: 'ZIP code',
  name: 'Name on card',
  email: 'Email',
  card: 'Card',
  pay: 'Pay {amount}',
  save: 'Save card',
  cancel: 'Cancel and go back to {name}',
  payTo: 'Pay {name}',
  saveFor: 'Save a card for {name}',
  total: 'Total',
  sandbox: 'This is a sandbox: no card is charged. Use a test card, such as 4242 4242 4242 4242.',
  paid: 'This payment is complete',
  paidText: 'There is nothing more to do here. You may close this page.',
  expired: 'This page has expired',
  expiredText: 'Nothing was charged. Go back and start again.',
  missing: 'This page does not exist',
  missingText: 'Check the address, or go back and start again.',
  back: 'Go back to {name}',
  authenticate: 'Confirm that it is you',
  authenticateText: 'Your bank asks you to confirm this card. In the sandbox you choose the answer.',
  complete: 'Complete',
  fail: 'Fail',
  finished: 'Thank you. You may go back to the practice’s page.',
  incorrect_number: 'This card number is not right. Check it digit by digit.',
  invalid_expiry_month: 'This month is not between 01 and 12.',
  invalid_expiry_year: 'This card has expired, or the year is not right.',
  invalid_cvc: 'The security code is not complete.',
  incomplete_number: 'Enter the whole card number.',
  incomplete_expiry: 'Enter the month and year, as MM / YY.',
  incomplete_zip: 'Enter the ZIP code of the card’s address.',
  card_declined: 'Your bank declined this card. Nothing was charged. Try another card.',
  test_mode_live_card: 'Test cards alone work here, such as 4242 4242 4242 4242. This number was not kept.',
  insufficient_funds: 'This card does not have enough funds. Nothing was charged. Try another card.',
  expired_card: 'This card has expired. Nothing was charged. Try another card.',
  incorrect_cvc: 'The security code is not right. Nothing was charged. Check it and try again.',
  processing_error: 'The card could not be processed just now. Nothing was charged. Try again.',
  authentication_failed: 'The card was not confirmed. Nothing was charged. Try again or use another card.',
  unavailable: 'The card could not be sent just now. Nothing was charged. Try again.',
}

export type Word = keyof typeof en
export type Words = Record<Word, string>

const es: Words = {
  number: 'Número de tarjeta',
  expiry: 'Vencimiento',
  expiryHint: 'MM / AA',
  cvc: 'Código CVC',
  postalCode: 'Código postal',
  name: 'Nombre en la tarjeta',
  email: 'Correo electrónico',
  card: 'Tarjeta',
  pay: 'Pagar {amount}',
  save: 'Guardar tarjeta',
  cancel: 'Cancelar y volver a {name}',
  payTo: 'Pagar a {name}',
  saveFor: 'Guardar una tarjeta para {name}',
  total: 'Total',
  sandbox: 'Esto es un entorno de prueba: no se cobra ninguna tarjeta. Use una de prueba, como 4242 4242 4242 4242.',
  paid: 'Este pago está completo',
  paidText: 'No hay nada más que hacer aquí. Puede cerrar esta página.',
  expired: 'Esta página ha vencido',
  expiredText: 'No se cobró nada. Vuelva atrás y empiece de nuevo.',
  missing: 'Esta página no existe',
  missingText: 'Revise la dirección, o vuelva atrás y empiece de nuevo.',
  back: 'Volver a {name}',
  authenticate: 'Confirme que es usted',
  authenticateText: 'Su banco le pide confirmar esta tarjeta. En el entorno de prueba usted elige la respuesta.',
  complete: 'Confirmar',
  fail: 'Rechazar',
  finished: 'Gracias. Puede volver a la página del consultorio.',
  incorrect_number: 'Este número de tarjeta no es correcto. Revíselo dígito por dígito.',
  invalid_expiry_month: 'El mes no está entre 01 y 12.',
  invalid_expiry_year: 'Esta tarjeta ha vencido, o el año no es correcto.',
  invalid_cvc: 'El código de seguridad no está completo.',
  incomplete_number: 'Escriba el número de tarjeta completo.',
  incomplete_expiry: 'Escriba el mes y el año, como MM / AA.',
  incomplete_zip: 'Escriba el código postal de la dirección de la tarjeta.',
  card_declined: 'Su banco rechazó esta tarjeta. No se cobró nada. Pruebe otra tarjeta.',
  test_mode_live_card: 'Aquí solo funcionan tarjetas de prueba, como 4242 4242 4242 4242. Este número no se guardó.',
  insufficient_funds: 'Esta tarjeta no tiene fondos suficientes. No se cobró nada. Pruebe otra tarjeta.',
  expired_card: 'Esta tarjeta ha vencido. No se cobró nada. Pruebe otra tarjeta.',
  incorrect_cvc: 'El código de seguridad no es correcto. No se cobró nada. Revíselo e inténtelo de nuevo.',
  processing_error: 'No se pudo procesar la tarjeta en este momento. No se cobró nada. Inténtelo de nuevo.',
  authentication_failed: 'La tarjeta no se confirmó. No se cobró nada. Inténtelo de nuevo o use otra tarjeta.',
  unavailable: 'No se pudo enviar la tarjeta en este momento. No se cobró nada. Inténtelo de nuevo.',
}

export type Locale = 'en' | 'es'

const CATALOGS: Record<Locale, Words> = { en, es }

/** The language of `es`, `es-419` and the like; anything else reads English. */
export function localeOf(text: string | null | undefined): Locale {
  return text?.toLowerCase().startsWith('es') ? 'es' : 'en'
}

export function wordsOf(locale: Locale): Words {
  return CATALOGS[locale]
}

export function isWord(text: string | null | undefined): text is Word {
  return typeof text === 'string' && text in en
}

/** A sentence with its `{name}` filled in. */
export function filled(sentence: string, values: Record<string, string>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole)
}

/** Cents as people write them in that language. */
export function money(cents: number, currency: string, locale: Locale): string {
  return new Intl.NumberFormat(locale === 'es' ? 'es-US' : 'en-US', { style: 'currency', currency }).format(cents / 100)
}
