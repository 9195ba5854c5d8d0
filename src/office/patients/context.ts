import type { StaffGet, StaffPost } from '../../web/route.ts'

export const PATIENT_PATH = '/:practice/office/patients/:patient'
/** Somebody of staff at a patient's page, or sending one of its forms. */
export type PatientContext = StaffGet<typeof PATIENT_PATH> | StaffPost<typeof PATIENT_PATH>
