import type { Coding } from './concepts.ts'

/**
 * Kinds of figures that say nothing about who pays: prices, thresholds, limits and shares of other figures, by CARIN
 * (C4BBAdjudication, C4BBAdjudicationDiscriminator), HL7 and CMS (the BFD data dictionary). A kind that is neither here
 * nor known as money holds its claim when it has an amount above zero.
 */
const INFORMATION = new Set([
  'drugcost',
  'tax',
  'eligpercent',
  'allowedunits',
  'benefitpaymentstatus',
  'billingnetworkstatus',
  'renderingnetworkstatus',
  'inoutnetwork',
  'denialreason',
  'line_prcsg_ind_cd',
  'tot_rx_cst_amt',
  'clm_line_grs_above_thrshld_amt',
  'clm_line_grs_blw_thrshld_amt',
  'clm_line_carr_clncl_chrg_amt',
  'clm_line_carr_psych_ot_lmt_amt',
  'clm_line_prfnl_dme_price_amt',
  'clm_line_instnl_rate_amt',
  'clm_mdcr_prmry_pyr_alowd_amt',
  'clm_instnl_per_diem_amt',
  'clm_mdcr_ip_pps_drg_wt_num',
])

/** Claim Adjustment Group Codes of X12: contractual, payer initiated, the patient's, other, correction. */
const GROUP = /^(co|pi|pr|oa|cr)$/
const GROUPED = /^(co|pi|pr|oa|cr)[-: ]?([a-z]?\d{1,3})$/
/** Claim Adjustment Reason Codes that are taken off by contract or law, whoever names them without their group. */
const TAKEN_OFF = new Set(['45', '59', '131', '237', '253'])
/** The patient's parts by their Claim Adjustment Reason Code; any other of theirs is not covered. */
const PARTS: Readonly<Record<string, 'deductible' | 'coinsurance' | 'copay'>> = {
  '1': 'deductible',
  '2': 'coinsurance',
  '3': 'copay',
}

export function lastPart(code: string): string {
  return code.split('/').at(-1)?.toLowerCase() ?? ''
}

export function isInformation(category: readonly Coding[]): boolean {
  return category.some(({ code }) => INFORMATION.has(lastPart(code)))
}

/** Whether the group of an adjustment says that it is the patient's, and nothing else does. */
export function isPatients(reason: readonly Coding[]): boolean {
  const groups = reason.flatMap(({ code }) => groupOf(lastPart(code)) ?? [])
  return groups.length > 0 && groups.every(group => group === 'pr')
}

/**
 * What an amount is that has the reason of an adjustment (X12 835, "CAS"): the code under which it is taken off, or
 * the part of the patient's that it states. Undefined where it is no adjustment, or nobody says whose it is.
 */
export function adjustmentOf(
  category: readonly Coding[],
  reason: readonly Coding[],
): string | { said: 'deductible' | 'coinsurance' | 'copay' | 'noncovered' } | undefined {
  if (!category.some(isAdjustment)) return undefined
  const codes = [...category, ...reason]
  const groups = new Set(codes.flatMap(({ code }) => groupOf(lastPart(code)) ?? []))
  const number = codes.flatMap(({ code }) => numberOf(lastPart(code)) ?? [])[0]
  if (groups.size > 1) return undefined
  const [group] = groups
  if (group === 'pr') return { said: PARTS[number ?? ''] ?? 'noncovered' }
  if (group === 'co' || group === 'pi') return [group.toUpperCase(), number].filter(Boolean).join('-')
  return group === undefined && number && TAKEN_OFF.has(number) ? number : undefined
}

function isAdjustment({ code, system }: Coding): boolean {
  const last = lastPart(code)
  return last === 'adjustmentreason' || GROUPED.test(last) || /claim-adjustment-(reason|group)-codes/i.test(system)
}

function groupOf(code: string): string | undefined {
  return GROUP.exec(code)?.[1] ?? GROUPED.exec(code)?.[1]
}

function numberOf(code: string): string | undefined {
  return GROUPED.exec(code)?.[2] ?? /^[a-z]?\d{1,3}$/.exec(code)?.[0]
}
