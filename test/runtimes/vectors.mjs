/** Where the suite's vectors are, by the names it knows them under. */
export const vectorFiles = {
  rfc4226: '../vectors/rfc4226.json',
  rfc6238: '../vectors/rfc6238.json',
  base32: '../vectors/base32.json',
  uris: '../vectors/otpauth-uris.json',
  collisions: '../vectors/collisions.json',
  hashes: './backup-hashes.json',
};
