/**
 * Text as it may be printed: composed, without control characters, and without the invisible characters that
 * reorder or hide text, since what the reader sees must be what was typed. Line breaks become `\n`.
 */
export function cleanText(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFC')
    .replace(/\r\n?|\u0085|\u2028|\u2029|\v|\f/g, '\n')
    .replace(/[\t\u00a0\u2007\u202f]/g, ' ')
    .replace(invisible, '');
}

// Controls, soft hyphen, direction marks and overrides, word joiner, byte order mark; then variation selectors and tags.
const invisible =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing control characters is the purpose.
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]|\p{Variation_Selector}|[\u{e0000}-\u{e007f}]/gu;
