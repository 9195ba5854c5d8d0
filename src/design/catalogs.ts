import enBilling from '../../words/en/billing.json' with { type: 'json' }
import enDesign from '../../words/en/design.json' with { type: 'json' }
import enDocuments from '../../words/en/documents.json' with { type: 'json' }
import enIdentity from '../../words/en/identity.json' with { type: 'json' }
import enNotifications from '../../words/en/notifications.json' with { type: 'json' }
import enPayments from '../../words/en/payments.json' with { type: 'json' }
import enPortal from '../../words/en/portal.json' with { type: 'json' }
import enWeb from '../../words/en/web.json' with { type: 'json' }
import esBilling from '../../words/es/billing.json' with { type: 'json' }
import esDesign from '../../words/es/design.json' with { type: 'json' }
import esDocuments from '../../words/es/documents.json' with { type: 'json' }
import esIdentity from '../../words/es/identity.json' with { type: 'json' }
import esNotifications from '../../words/es/notifications.json' with { type: 'json' }
import esPayments from '../../words/es/payments.json' with { type: 'json' }
import esPortal from '../../words/es/portal.json' with { type: 'json' }
import esWeb from '../../words/es/web.json' with { type: 'json' }
import officeBilling from '../../words/office/billing.json' with { type: 'json' }
import officeExchange from '../../words/office/exchange.json' with { type: 'json' }
import officeIdentity from '../../words/office/identity.json' with { type: 'json' }
import officeLedger from '../../words/office/ledger.json' with { type: 'json' }
import officeNotifications from '../../words/office/notifications.json' with { type: 'json' }
import officeOffice from '../../words/office/office.json' with { type: 'json' }
import officePayments from '../../words/office/payments.json' with { type: 'json' }
import officePortal from '../../words/office/portal.json' with { type: 'json' }
import officeReturns from '../../words/office/returns.json' with { type: 'json' }
import officeWeb from '../../words/office/web.json' with { type: 'json' }

// A file for each room that says what stands in it; together they are one catalog a language.
const enRooms = {
  billing: enBilling,
  design: enDesign,
  documents: enDocuments,
  identity: enIdentity,
  notifications: enNotifications,
  payments: enPayments,
  portal: enPortal,
  web: enWeb,
}
const esRooms = {
  billing: esBilling,
  design: esDesign,
  documents: esDocuments,
  identity: esIdentity,
  notifications: esNotifications,
  payments: esPayments,
  portal: esPortal,
  web: esWeb,
}
const officeRooms = {
  billing: officeBilling,
  exchange: officeExchange,
  identity: officeIdentity,
  ledger: officeLedger,
  notifications: officeNotifications,
  office: officeOffice,
  payments: officePayments,
  portal: officePortal,
  returns: officeReturns,
  web: officeWeb,
}

export const rooms = { en: enRooms, es: esRooms, office: officeRooms } as const

export const en = {
  ...enBilling,
  ...enDesign,
  ...enDocuments,
  ...enIdentity,
  ...enNotifications,
  ...enPayments,
  ...enPortal,
  ...enWeb,
}
export const es = {
  ...esBilling,
  ...esDesign,
  ...esDocuments,
  ...esIdentity,
  ...esNotifications,
  ...esPayments,
  ...esPortal,
  ...esWeb,
}
export const office = {
  ...officeBilling,
  ...officeExchange,
  ...officeIdentity,
  ...officeLedger,
  ...officeNotifications,
  ...officeOffice,
  ...officePayments,
  ...officePortal,
  ...officeReturns,
  ...officeWeb,
}
