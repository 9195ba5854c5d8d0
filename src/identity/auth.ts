import { betterAuth } from 'better-auth'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { type Config, ownSecret } from '../platform/config.ts'

export type Auth = {
  readonly api: ReturnType<typeof makeAuth>['api']
  readonly context: ReturnType<typeof makeAuth>['$context']
  close(): Promise<void>
}

/**
 * Sessions and staff passwords, kept by better-auth in identity's sign-in tables, whose names it is told. Its own HTTP handler is
 * never mounted: it would spend a link on GET (reliability 11); our routes call its server API.
 */
export function openAuth(config: Config, appUrl: string): Auth {
  // A pool of its own: dates as the library expects them, and no scope, because the sign-in tables carry no practice.
  const pool = new pg.Pool({
    connectionString: appUrl,
    max: 4,
    application_name: 'portico sign-in',
    options: '-c search_path=identity -c timezone=UTC',
  })
  pool.on('error', () => undefined)
  const auth = makeAuth(config, new Kysely({ dialect: new PostgresDialect({ pool }) }))
  return { api: auth.api, context: auth.$context, close: () => pool.end() }
}

function makeAuth(config: Config, db: Kysely<unknown>) {
  return betterAuth({
    secret: ownSecret(config, 'sessions'),
    baseURL: config.url,
    database: { db, type: 'postgres', transaction: true },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 10, maxPasswordLength: 128 },
    user: {
      modelName: 'login',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    session: {
      modelName: 'session',
      fields: {
        userId: 'login_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
      expiresIn: 12 * 3600,
    },
    account: {
      modelName: 'credential',
      fields: {
        accountId: 'account_id',
        providerId: 'provider_id',
        userId: 'login_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    verification: {
      modelName: 'verification',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
      storeIdentifier: 'hashed',
    },
  })
}
