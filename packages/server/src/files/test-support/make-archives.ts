import { crc32, gzipSync } from 'node:zlib';

/** A ZIP of stored (not compressed) files. */
export function makeZip(files: Readonly<Record<string, Uint8Array>>, comment = ''): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, bytes] of Object.entries(files)) {
    const local = Buffer.concat([zipHeader(0x04034b50, 30, name, bytes), Buffer.from(name), bytes]);
    const entry = Buffer.concat([zipHeader(0x02014b50, 46, name, bytes), Buffer.from(name)]);
    entry.writeUInt32LE(at, 42);
    locals.push(local);
    directory.push(entry);
    at += local.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...locals, ...directory, end, Buffer.from(comment)]);
}

/** Of a file itself, or, with 46 bytes, of its entry in the directory, whose fields stand two bytes further on. */
function zipHeader(signature: number, size: 30 | 46, name: string, bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(size);
  const shift = size === 46 ? 2 : 0;
  header.writeUInt32LE(signature, 0);
  header.writeUInt16LE(20, 4 + shift);
  header.writeUInt32LE(crc32(bytes), 14 + shift);
  header.writeUInt32LE(bytes.length, 18 + shift);
  header.writeUInt32LE(bytes.length, 22 + shift);
  header.writeUInt16LE(Buffer.byteLength(name), 26 + shift);
  return header;
}

/** The header of a tape archive of one file, and that file. */
export function makeTar(name: string, bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 'latin1');
  header.write('0000644\0', 100, 'latin1');
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  return Buffer.concat([header, bytes, Buffer.alloc(1024)]);
}

export function makeGzip(bytes: Uint8Array): Buffer {
  return gzipSync(bytes);
}
