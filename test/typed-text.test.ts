// What people type and paste into the fields for codes, held against the engine's own tables of Unicode.
import { describe, expect, test } from 'vitest';
import { canonicalCode } from '../src/backup-codes.js';
import { verifyHotp } from '../src/index.js';
import { digitMask, foldCode, foldSeparators, separatorMask } from '../src/typed-text.js';
import { ASCII_DIGITS } from './reference/reference.mjs';
import { ascii } from './tools/vectors.js';

const secret = ascii('12345678901234567890');
const verify = (typed: string) => verifyHotp(secret, typed, 1, { lookAhead: 0 });
const match = { counter: 1, nextCounter: 2 };

const ALL = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));
/** The code points of some characters, for a message. */
const name = (characters: string[]) => characters.map((one) => one.codePointAt(0)?.toString(16));
/** What each of them makes of a backup code: nothing where it is ignored, `undefined` where it is refused. */
const read = ALL.map((one) => canonicalCode(`uuuu${one}uuuu`)?.slice(4, -4));
const separators = ALL.filter((one) => /[\p{White_Space}\p{Cf}]|[-‐‑‒–—―−]/u.test(one));
const digits = ALL.filter((one) => /\p{Nd}/u.test(one));

describe('codes', () => {
  test.each([
    '287082\n',
    '287\u00a0082',
    '\ufeff287082',
    '\u200c287082\u200d',
    '٢٨٧٠٨٢',
    '287–082',
    '２８７０８２',
    '۲۸۷ ۰۸۲',
    '২৮৭০৮২',
    '२८७०८२',
    '๒๘๗๐๘๒',
    '2\u00ad8\u2060708\u2212\u20112',
    '\u202a287082\u202c',
    '\u2066٢٨٧\u2069\u2028082\t\v\f\r\n',
    // Mathematical digits and tags lie above U+FFFF.
    '\u{1d7d0}\u{1d7d6}\u{1d7df}\u{1d7ec}\u{1d7fe}\u{1d7da}\u{e0020}',
    `${' '.repeat(57)}\u200b287082`,
    `${'\u{e0020}'.repeat(29)}28708\u0662`,
  ])('%o is taken', (typed) => {
    expect(verify(typed)).toStrictEqual(match);
  });

  test.each([
    ['a combining mark', '287082\u0301'],
    ['an enclosing mark', '2\u20e387082'],
    ['a variation selector', '287082\ufe0f'],
    ['a superscript', '28708\u00b2'],
    ['a circled digit', '28708\u2461'],
    ['a Roman numeral', '28708\u2161'],
    ['a Han numeral', '28708\u4e8c'],
    ['a Cuneiform numeral', '28708\u{12400}'],
    ['a letter O for zero', '287O82'],
    ['a Cyrillic letter for zero', '287\u041e82'],
    ['a Greek letter', '287\u03bf82'],
    ['a full-width letter', '287082\uff41'],
    ['a lone half of a character', '287082\ud835'],
    ['the other half', '\udfd0287082'],
    ['a private character', '287082\ue000'],
    ['a blank that is no white space', '287\u2800082'],
    ['a filler that is a letter', '287\u3164082'],
    ['an underline', '287\uff3f082'],
    ['a dash of its own kind', '287\u2e3a082'],
    ['NUL', '287082\0'],
    ['one more digit of another script', '287082\u0660'],
    ['digits of other scripts that are too few', '\u0662\u0668\u0667\u0660\u0668'],
    ['65 characters', `${'\u200b'.repeat(59)}287082`],
    ['36 characters of 66 halves', `${'\u{e0020}'.repeat(30)}28708\u0662`],
    ['nothing that can be seen', '\u200b'.repeat(64)],
  ])('%s is refused', (_, typed) => {
    expect(verify(typed)).toBeNull();
  });

  test('of all characters, only white space, format characters and dashes are ignored', () => {
    expect(name(ALL.filter((_, code) => read[code] === ''))).toEqual(name(separators));
    const noCode = (one: string) => verify(`287${one}082`) === null;
    expect(name(separators.filter(noCode))).toEqual([]);
    const others = ALL.slice(0, 0x3000).filter((one) => !separators.includes(one));
    expect(name(others.filter((one) => !noCode(one)))).toEqual([]);
  });

  test('every decimal digit stands for its value, and nothing else for a digit', () => {
    expect(digits.length).toBeGreaterThan(600);
    expect(digits.map((one) => read[one.codePointAt(0) ?? 0])).toEqual(
      digits.map((one) => ASCII_DIGITS.get(one)),
    );
    const twos = digits.filter((one) => ASCII_DIGITS.get(one) === '2');
    expect(digits.filter((one) => verify(`28708${one}`))).toEqual(twos);
    const letters = [...'0123456789abcdefghjkmnpqrstuvwxyz'];
    expect(new Set(read)).toEqual(new Set([...letters, '', undefined]));
    expect(read.filter((one) => /^[0-9]$/.test(one ?? ''))).toHaveLength(
      digits.length + [...'oOiIlL'].length,
    );
  });
});

describe('folding', () => {
  test('leaves ASCII as it is, and every index', () => {
    const text = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('');
    expect(foldSeparators(text)).toBe(text);
    expect(foldCode(text)).toBe(text);
    expect(foldSeparators('a\u{e0020}٢b\u2028\ud800')).toBe('a  ٢b \ud800');
    expect(foldCode('a\u{e0020}٢b\u2028\ud800')).toBe('a  2b \ud800');
  });

  test('the masks are -1 for ASCII digits and separators, and 0 for all else', () => {
    const masked = (mask: (code: number) => number) =>
      ALL.slice(0, 0x10000).filter((_, code) => mask(code) !== 0);
    expect(masked(digitMask)).toEqual([...'0123456789']);
    expect(masked(separatorMask)).toEqual([...'\t\n\v\f\r -']);
    expect([digitMask(48), separatorMask(9), separatorMask(32), separatorMask(45)]).toEqual([-1, -1, -1, -1]);
  });
});
