import type { Config } from '../platform/config.ts'

/** Where metrics are served: on HOST to the bearer of METRICS_TOKEN; without one on this machine alone. */
export function metricsHost({ metrics, host }: Pick<Config, 'metrics' | 'host'>): string {
  return metrics?.token === undefined ? '127.0.0.1' : host
}
