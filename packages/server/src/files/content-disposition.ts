/**
 * `attachment` with a client's file name made harmless: an ASCII fallback without quotes, separators or control
 * characters, and the name itself percent-encoded (RFC 6266, RFC 8187). Direction marks are dropped: they make
 * `exe.pdf` look like `fdp.exe`.
 */
export function contentDisposition(fileName: string): string {
  const name = fileName
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[\\/]/g, '_')
    .replace(/^\.+/, '')
    .slice(0, 200)
    .toWellFormed();
  const safe = name === '' ? 'file' : name;
  const ascii = safe.replace(/[^\x20-\x7e]|["%;]/g, '_');
  const encoded = encodeURIComponent(safe).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
