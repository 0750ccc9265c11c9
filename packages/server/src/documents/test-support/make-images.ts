import sharp from 'sharp';

/** A white sheet with a black border and a black block in the upper left corner. */
export async function makeSheet(width: number, height: number): Promise<Buffer> {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    '<rect width="100%" height="100%" fill="#fff"/><rect width="20%" height="10%" fill="#000"/></svg>';
  return sharp(Buffer.from(svg)).flatten({ background: '#fff' }).png().toBuffer();
}

export async function makeJpeg(width: number, height: number, orientation?: number): Promise<Buffer> {
  const image = sharp(await makeSheet(width, height)).jpeg();
  return (orientation === undefined ? image : image.withMetadata({ orientation })).toBuffer();
}

export async function makeCmykJpeg(width: number, height: number): Promise<Buffer> {
  return sharp(await makeSheet(width, height))
    .toColourspace('cmyk')
    .jpeg()
    .toBuffer();
}

/** An uncompressed 8-bit gray TIFF, every page of the same size, each a little darker than the one before. */
export function makeTiff(pageCount: number, width: number, height: number): Buffer {
  const entryCount = 9;
  const directorySize = 2 + entryCount * 12 + 4;
  const pixels = width * height;
  const pageSize = directorySize + pixels + (pixels % 2);
  const file = Buffer.alloc(8 + pageCount * pageSize);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(8, 4);
  for (let page = 0; page < pageCount; page += 1) {
    const start = 8 + page * pageSize;
    const data = start + directorySize;
    const entries: [tag: number, type: number, value: number][] = [
      [256, 4, width],
      [257, 4, height],
      [258, 3, 8],
      [259, 3, 1],
      [262, 3, 1],
      [273, 4, data],
      [277, 3, 1],
      [278, 4, height],
      [279, 4, pixels],
    ];
    file.writeUInt16LE(entryCount, start);
    entries.forEach(([tag, type, value], index) => {
      const at = start + 2 + index * 12;
      file.writeUInt16LE(tag, at);
      file.writeUInt16LE(type, at + 2);
      file.writeUInt32LE(1, at + 4);
      if (type === 3) file.writeUInt16LE(value, at + 8);
      else file.writeUInt32LE(value, at + 8);
    });
    file.writeUInt32LE(page + 1 < pageCount ? start + pageSize : 0, start + directorySize - 4);
    file.fill(250 - (page % 200), data, data + pixels);
  }
  return file;
}

/** A JPEG that claims other dimensions than it has. */
export function claimJpegSize(jpeg: Buffer, width: number, height: number): Buffer {
  const claimed = Buffer.from(jpeg);
  const frame = claimed.indexOf(Buffer.from([0xff, 0xc0]));
  claimed.writeUInt16BE(height, frame + 5);
  claimed.writeUInt16BE(width, frame + 7);
  return claimed;
}
