import { randomUUID } from 'node:crypto';

/**
 * A place for new bytes: random, and below the day it was made, so that bytes without a row are found by their age
 * (`files/2026-03-13/…`, the day in UTC).
 */
export function newStorageKey(now: Date): string {
  return `${storageFolder(now)}${randomUUID()}`;
}

/** Where the bytes stored on that day lie, with a slash at the end. */
export function storageFolder(day: Date): string {
  return `files/${day.toISOString().slice(0, 10)}/`;
}
