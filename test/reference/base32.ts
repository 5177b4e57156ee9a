// RFC 4648 §6 as a string of bits, one character at a time.
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function referenceEncodeBase32(bytes: Uint8Array, padding = false): string {
  let bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  while (bits.length % 5 !== 0) bits += '0';
  const text = (bits.match(/.{5}/g) ?? []).map((five) => ALPHABET[Number.parseInt(five, 2)]).join('');
  return padding ? text + '='.repeat((8 - (text.length % 8)) % 8) : text;
}

/** The bytes, or `null` for text that is not Base32. */
export function referenceDecodeBase32(text: string, lenient = false): Uint8Array | null {
  const [, data, padding] = /^([^=]*)(=*)$/.exec(text.replaceAll(' ', '').replaceAll('-', '')) ?? [];
  if (data === undefined) return null;
  let bits = '';
  for (const character of data) {
    // Not toUpperCase(): it turns other letters into S and I.
    const value = ALPHABET.indexOf(/[a-z]/.test(character) ? character.toUpperCase() : character);
    if (value < 0) return null;
    bits += value.toString(2).padStart(5, '0');
  }
  const spare = bits.slice(bits.length - (bits.length % 8));
  if (spare.length > 4) return null;
  if (!lenient && spare.includes('1')) return null;
  const complete = (8 - (data.length % 8)) % 8;
  if (!lenient && padding.length !== 0 && padding.length !== complete) return null;
  return Uint8Array.from(bits.slice(0, bits.length - spare.length).match(/.{8}/g) ?? [], (byte) =>
    Number.parseInt(byte, 2),
  );
}
