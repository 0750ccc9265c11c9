/** PDFs that announce themselves as such and cannot go into a packet. */

import { PDFDocument } from '@cantoo/pdf-lib';

export async function encryptedPdf(): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  document.addPage([612, 792]);
  document.encrypt({ userPassword: 'for the clinic only', ownerPassword: 'for the owner only' });
  return document.save();
}

export function damagedPdf(): Uint8Array {
  return new TextEncoder().encode(
    '%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\nand here it breaks off',
  );
}
