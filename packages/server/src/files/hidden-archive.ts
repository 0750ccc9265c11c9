/**
 * Finds an archive that begins behind something else. Readers of ZIP begin at the end of a file, those of RAR and 7z
 * look for their signature, and so the tail of a document may be an archive of programs (a "GIFAR").
 */

/** Six and more bytes that stand in no other file by chance: once in ten million files of 25 MiB. */
const signatures = [Buffer.from('Rar!\x1a\x07', 'latin1'), Buffer.from('7z\xbc\xaf\x27\x1c', 'latin1')];
const longestSignature = Math.max(...signatures.map(({ length }) => length));

/** The record at the end of a ZIP: 22 bytes and a comment of up to 65,535. */
const endRecord = Buffer.from('PK\x05\x06', 'latin1');
const directoryEntry = Buffer.from('PK\x01\x02', 'latin1');
const endRecordBytes = 22;
const tailBytes = endRecordBytes + 65_535;

/** Is shown a file piece by piece, keeps no more of it than its end, and says when it was shown all. */
export class HiddenArchiveSearch {
  /** The last bytes, written round and round. */
  readonly #ring = Buffer.alloc(tailBytes);
  #fileBytes = 0;
  #seam = Buffer.alloc(0);
  #foundSignature = false;

  add(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    // Where two pieces meet, a signature may lie in both.
    const meeting = Buffer.concat([this.#seam, bytes.subarray(0, longestSignature - 1)]);
    this.#foundSignature ||= holdsSignature(meeting) || holdsSignature(bytes);
    this.#seam = Buffer.concat([this.#seam, bytes.subarray(1 - longestSignature)]).subarray(
      1 - longestSignature,
    );
    this.#keep(bytes);
  }

  found(): boolean {
    return this.#foundSignature || endsAsZip(this.#tail(), this.#fileBytes);
  }

  #keep(bytes: Buffer): void {
    const at = (this.#fileBytes + Math.max(0, bytes.length - tailBytes)) % tailBytes;
    const kept = bytes.subarray(-tailBytes);
    const beforeEnd = kept.copy(this.#ring, at);
    kept.copy(this.#ring, 0, beforeEnd);
    this.#fileBytes += bytes.length;
  }

  #tail(): Buffer {
    if (this.#fileBytes <= tailBytes) return this.#ring.subarray(0, this.#fileBytes);
    const at = this.#fileBytes % tailBytes;
    return Buffer.concat([this.#ring.subarray(at), this.#ring.subarray(0, at)]);
  }
}

function holdsSignature(bytes: Buffer): boolean {
  return signatures.some((signature) => bytes.includes(signature));
}

/** @param tail the last bytes of a file of so many bytes, as far back as an end record may stand. */
function endsAsZip(tail: Buffer, fileBytes: number): boolean {
  for (
    let at = tail.lastIndexOf(endRecord);
    at >= 0;
    at = at === 0 ? -1 : tail.lastIndexOf(endRecord, at - 1)
  ) {
    if (tail.length - at >= endRecordBytes && isEndRecord(tail, at, fileBytes)) return true;
  }
  return false;
}

/**
 * APPNOTE 4.3.16. The four bytes alone may stand anywhere by chance; here the fields behind them have to make sense as
 * well, and where the directory they speak of is within sight, it has to be there. Bytes behind the record are allowed,
 * since readers allow them.
 */
function isEndRecord(tail: Buffer, at: number, fileBytes: number): boolean {
  const [disk, directoryDisk, entriesHere, entries] = [4, 6, 8, 10].map((offset) =>
    tail.readUInt16LE(at + offset),
  );
  const directoryBytes = tail.readUInt32LE(at + 12);
  const recordPosition = fileBytes - tail.length + at;
  if (disk !== directoryDisk || entriesHere !== entries || directoryBytes > recordPosition) return false;
  const directoryAt = at - directoryBytes;
  if (entries === 0 || directoryAt < 0) return disk === 0 || disk === 0xffff;
  return tail.subarray(directoryAt, directoryAt + directoryEntry.length).equals(directoryEntry);
}
