import type { SettingReader } from './config.ts';
import type { SettingName } from './settings.ts';

/** Undefined anywhere: no limit. */
export interface LimitsConfig {
  /** Units a minute. */
  readonly credentialUnits: number | undefined;
  readonly organizationUnits: number | undefined;
  /** A minute, for each address and each key. */
  readonly failedLogins: number | undefined;
  readonly trustedProxies: number;
  readonly concurrentRequests: number;
  readonly uploadBytes: number | undefined;
  readonly uploadFiles: number | undefined;
}

const bytesPerMegabyte = 1024 * 1024;
const mostUnits = 10_000_000;

/** A quota that could not pay for the dearest request would refuse it for ever. */
const fewestUnits = 100;

export function readLimitsConfig(reader: SettingReader): LimitsConfig {
  const uploadMegabytes = limit(reader, 'PRECERT_UPLOAD_QUOTA_MB', 25, 100_000_000);
  return {
    credentialUnits: limit(reader, 'PRECERT_RATE_LIMIT_CREDENTIAL', fewestUnits, mostUnits),
    organizationUnits: limit(reader, 'PRECERT_RATE_LIMIT_ORGANIZATION', fewestUnits, mostUnits),
    failedLogins: limit(reader, 'PRECERT_FAILED_LOGINS', 1, 100_000),
    trustedProxies: reader.integer('PRECERT_TRUSTED_PROXIES', 0, 10),
    concurrentRequests: reader.integer('PRECERT_CONCURRENT_REQUESTS', 8, 10_000),
    uploadBytes: uploadMegabytes === undefined ? undefined : uploadMegabytes * bytesPerMegabyte,
    uploadFiles: limit(reader, 'PRECERT_UPLOAD_QUOTA_FILES', 1, 100_000_000),
  };
}

/** 0 stands for no limit. */
function limit(
  reader: SettingReader,
  name: SettingName,
  minimum: number,
  maximum: number,
): number | undefined {
  return reader.text(name) === '0' ? undefined : reader.integer(name, minimum, maximum);
}
