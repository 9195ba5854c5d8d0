/**
 * The rooms of src/ as one ordered list: a room imports only rooms of earlier lines, and siblings on one line know nothing of
 * each other. An order cannot contain a circle. `test/floors` holds it; `seeds` stands outside and is imported by main/seed alone.
 */
export const floors: readonly (readonly string[])[] = [
  ['kernel'],
  ['platform'],
  ['design'],
  ['audit'],
  ['practice'],
  ['identity'],
  ['agreements', 'insurance', 'messages', 'ledger'],
  ['appointments', 'records'],
  ['billing'],
  ['processor'],
  ['payments'],
  ['returns'],
  ['recovery'],
  ['books'],
  ['documents'],
  ['autopay', 'plans', 'memberships'],
  ['exchange'],
  ['notifications', 'webhooks'],
  ['web'],
  ['portal', 'office', 'api', 'inbound', 'jobs', 'islands'],
  ['main'],
  // Above main, because a command opens the whole app.
  ['cli'],
]

/** Where a room may import less than all that lies below it. */
export const narrower: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  design: ['kernel'],
  // Sent to browsers.
  islands: ['kernel', 'design'],
}

/** Rooms that speak to people and programs: they call verbs and reads, and know no SQL. */
export const faces: readonly string[] = ['web', 'portal', 'office', 'api', 'inbound', 'jobs', 'islands', 'cli']

/** Folders past fifteen files, each with the reason why it is not two. */
export const large: Readonly<Record<string, string>> = {
  'src/platform':
    'One thing of the outside world a file, and every room may need each; the embedded server has its folder.',
  'src/design': 'One component a file, which faces name one by one; none knows what a page is about.',
  'src/identity':
    'A grant ties a login to a patient of an account: sign-in and records read each other’s tables at every step.',
  'src/payments': 'The acts of one row: a payment, what it reserves and what it is paid with, under one lock.',
  'src/exchange': 'The steps of one import, in its one transaction; what knows the format has its folder.',
  'src/exchange/fhir':
    'One element of FHIR, or one rule of docs/domain.md about it, a file; none is read from outside.',
  'src/office/transactions': 'The list and the payment of it, which share filter, status and context.',
  'src/main': 'What each process opens, supervises and prints, a file each; nothing but the command line stands above.',
  'src/cli': 'One command a file.',
}
