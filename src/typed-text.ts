//! otpure (MIT)
// What people type and paste, folded to the ASCII that codes and Base32 are read from.
import { rangeMask } from './constant-time.js';

// ASCII text is read only by masks. In other text, time depends on the characters, but only the person
// who typed it could notice.
const NON_ASCII = /[^\0-\x7f]/;
// Strings, because the engine builds the sets of a literal while it loads the file: a third of the time of import.
const SEPARATORS = String.raw`[\p{White_Space}\p{Cf}\u2010-\u2015\u2212]`;
const DIGITS = String.raw`\p{Nd}`;

/**
 * ASCII text as it is; in other text, spaces take the place of white space, format characters (such as
 * zero-width spaces) and dashes. Every index stays the same.
 */
export function foldSeparators(text: string): string {
  if (!NON_ASCII.test(text)) return text;
  return text.replace(new RegExp(SEPARATORS, 'gu'), ({ length }) => ' '.repeat(length));
}

/** The same, and the decimal digits of all scripts become 0–9. */
export function foldCode(text: string): string {
  if (!NON_ASCII.test(text)) return text;
  const digits = new RegExp(DIGITS, 'gu');
  return foldSeparators(text).replace(digits, (digit) => toAsciiDigit(digit, digits));
}

/** Unicode has decimal digits in runs of ten, in order: the value is the number of those right before, mod 10. */
function toAsciiDigit(digit: string, digits: RegExp): string {
  const code = digit.codePointAt(0) as number;
  let before = 0;
  while (String.fromCodePoint(code - before - 1).search(digits) === 0) before++;
  return String(before % 10);
}

/** −1 for the code of an ASCII digit, else 0. */
export function digitMask(charCode: number): number {
  return rangeMask(charCode, 48, 57);
}

/** −1 for the code of ASCII white space (U+0009–000D, U+0020) or `-`, which are ignored, else 0. */
export function separatorMask(charCode: number): number {
  // Each term is negative for one kind of them.
  return (~((charCode - 9) | (13 - charCode)) | ((charCode ^ 32) - 1) | ((charCode ^ 45) - 1)) >> 31;
}
