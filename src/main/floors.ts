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
