import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PacketAttachment } from '../types.ts';

const mimeTypes: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  jpg: 'image/jpeg',
  png: 'image/png',
  tiff: 'image/tiff',
};

export interface TemporaryFiles {
  /** Writes a file and describes it as an attachment; the type goes by the extension. */
  attach(fileName: string, bytes: Uint8Array): PacketAttachment;
  remove(): void;
}

export function makeTemporaryFiles(): TemporaryFiles {
  const folder = mkdtempSync(join(tmpdir(), 'documents-'));
  let count = 0;
  return {
    attach(fileName, bytes) {
      count += 1;
      const path = join(folder, `${count}-${fileName}`);
      writeFileSync(path, bytes);
      const mimeType = mimeTypes[fileName.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
      return { id: `att_${count}`, label: `Label of ${fileName}`, fileName, mimeType, path };
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
