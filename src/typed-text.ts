// What people type and paste, folded to the ASCII that codes and Base32 are read from.
import { rangeMask } from './constant-time.js';

// Text that isn't ASCII is read by regular expressions, whose time depends on its characters. Only the
// person who typed it could notice. All other text is ASCII, and is read by the masks below.
const NON_ASCII = /[^\0-\x7f]/gu;
const SEPARATOR = /[\p{White_Space}\p{Cf}\u2010-\u2015\u2212]/u;
const DIGIT = /\p{Nd}/u;

/**
 * The text with spaces in place of white space, format characters (zero-width ones, say) and dashes
 * beyond ASCII. All other characters keep their index.
 */
export function foldSeparators(text: string): string {
  return text.replace(NON_ASCII, (character) =>
    SEPARATOR.test(character) ? ' '.repeat(character.length) : character,
  );
}

/** The same, with 0–9 in place of the decimal digits of other scripts. */
export function foldCode(text: string): string {
  return foldSeparators(text).replace(NON_ASCII, (character) =>
    DIGIT.test(character) ? toAsciiDigit(character) : character,
  );
}

/** Unicode has decimal digits in runs of ten, in order: the value is how many come right before one. */
function toAsciiDigit(digit: string): string {
  const code = digit.codePointAt(0) as number;
  let before = 0;
  while (DIGIT.test(String.fromCodePoint(code - before - 1))) before++;
  return String(before % 10);
}

/** −1 for the code of an ASCII digit, else 0. */
export function digitMask(charCode: number): number {
  return rangeMask(charCode, 48, 57);
}

/** −1 for the code of ASCII white space (U+0009–000D, U+0020) or `-`, which are ignored, else 0. */
export function separatorMask(charCode: number): number {
  // The sign of each term is set for one kind of them.
  return (~((charCode - 9) | (13 - charCode)) | ((charCode ^ 32) - 1) | ((charCode ^ 45) - 1)) >> 31;
}
