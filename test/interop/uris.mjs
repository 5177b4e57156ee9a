// URIs that each peer builds are read by otpure, and the other way round.
import { buildOtpauthUri, decodeBase32, OtpError, parseOtpauthUri } from 'otpure';
import { uriPeers } from './peers.mjs';
import { Random } from './random.mjs';

const TEXTS = [
  ...['Acme', 'Acme Co', 'A+B', 'a&b=c', '100%', 'a/b?c#d', 'Jörg', '漢字', '🔑', 'ann@b.example', "(x)!*'~"],
  ...[
    'trail ',
    ' lead',
    '%3A',
    '%20',
    '"<>\\^`{|}',
    'tab\there',
    'line\nfeed',
    '.',
    '..',
    'ﬁ ſ İ',
    'ab'.repeat(100),
  ],
];
const COLON = ['a:b', ':', 'urn:x:y'];
const CHARACTERS = [...'abcXYZ019 -_.~+&=%/?#@!$\'()*,;[]"<>\\^`{|}äß漢', '🔑', ' '];

function randomText(random) {
  const text = Array.from({ length: 1 + random.below(12) }, () => random.pick(CHARACTERS)).join('');
  return text.trim() === '' ? 'x' : text;
}

function randomParams(random) {
  const type = random.pick(['totp', 'hotp']);
  return {
    type,
    issuer: random.pick([...TEXTS, ...COLON, '', '', randomText(random), randomText(random)]),
    account: random.pick([...TEXTS, ...COLON, 'x'.repeat(600), randomText(random), randomText(random)]),
    secret: Buffer.from(random.bytes(random.pick([1, 10, 16, 20, 32, 64, 100]))),
    algorithm: random.pick(['SHA1', 'SHA1', 'SHA256', 'SHA512']),
    digits: random.pick([6, 6, 7, 8, 9, 10]),
    ...(type === 'totp'
      ? { period: random.pick([30, 30, 15, 60, 86_400]) }
      : { counter: random.pick([0, 1, 2 ** 31, 2 ** 53 - 1, 2n ** 53n + 1n, 2n ** 64n - 1n]) }),
    extra: random.pick([{}, {}, { image: 'https://acme.example/?l=1', tags: ['a', 'b'] }, { 'näme 1': 'x' }]),
  };
}

/** The names of the fields that came out otherwise than they went in, or that nothing came out. */
function changes(params, read) {
  let got;
  try {
    got = read();
  } catch (error) {
    return [error instanceof OtpError ? error.code : 'refused'];
  }
  const { extra, ...expected } = { ...params, secret: params.secret.toString('hex') };
  return Object.keys(expected).filter((name) => String(got[name]) !== String(expected[name]));
}

function readByUs(uri) {
  const { issuer = '', secret, ...rest } = parseOtpauthUri(uri);
  return { ...rest, issuer, secret: Buffer.from(secret).toString('hex') };
}

function readByPeer(peer, uri) {
  const params = peer.read(uri);
  return { ...params, secret: Buffer.from(decodeBase32(params.secret)).toString('hex') };
}

/** Where a difference is known, and what it is: `differences.json` says why. */
const KNOWN = {
  'otplib, colon in a name': ({ issuer, account }) =>
    `${issuer}${account}`.includes(':') ? ['INVALID_URI'] : [],
  '@oslojs/otp, space in the issuer': ({ issuer }) => (issuer.includes(' ') ? ['issuer'] : []),
  'account with a space in front': ({ issuer, account }) =>
    issuer && account.startsWith(' ') ? ['account'] : [],
  'otpauth, colon in an account without issuer': ({ issuer, account }) => {
    if (issuer !== '' || !account.includes(':')) return [];
    return account === ':' ? ['INVALID_URI'] : ['account', 'issuer'];
  },
  'limits of otplib': ({ account, issuer, digits, counter }) =>
    digits > 8 || counter > Number.MAX_SAFE_INTEGER || [issuer, account].join(':').length > 512
      ? ['refused']
      : [],
  'otpauth, extra parameter with a percent sign in its name': ({ extra }) =>
    'näme 1' in extra ? ['refused'] : [],
  'otpauth, large counter': ({ counter }) => (counter > Number.MAX_SAFE_INTEGER ? ['counter'] : []),
};

const EXPECTED = {
  'otplib → otpure': ['otplib, colon in a name', 'account with a space in front'],
  'otpauth → otpure': ['otpauth, colon in an account without issuer', 'account with a space in front'],
  '@oslojs/otp → otpure': ['@oslojs/otp, space in the issuer', 'account with a space in front'],
  'otpure → otplib': ['limits of otplib'],
  'otpure → otpauth': ['otpauth, extra parameter with a percent sign in its name', 'otpauth, large counter'],
};

function expectedChanges(way, params) {
  const all = EXPECTED[way].flatMap((name) => KNOWN[name](params));
  // Where nothing is read, nothing else can differ.
  const refusal = all.find((one) => one === 'refused' || one === 'INVALID_URI');
  return (refusal ? [refusal] : [...new Set(all)]).sort();
}

/** Compares a number of random parameter sets both ways. */
export function compareUris(seed, count) {
  const ways = Object.fromEntries(Object.keys(EXPECTED).map((way) => [way, { compared: 0, differing: 0 }]));
  const surprises = [];
  const compare = (way, params, uri, read) => {
    const seen = changes(params, read).sort();
    const expected = expectedChanges(way, params);
    ways[way].compared++;
    if (seen.length > 0) ways[way].differing++;
    if (seen.join() !== expected.join()) surprises.push({ way, params, uri, seen, expected });
  };
  for (let i = 0; i < count; i++) {
    const params = randomParams(new Random(seed, `uri ${i}`));
    for (const [name, peer] of Object.entries(uriPeers)) {
      if (peer.canBuild(params)) {
        const uri = peer.build(params);
        compare(`${name} → otpure`, params, uri, () => readByUs(uri));
      }
      // A colon is refused by otpure before there is anything to read.
      if (peer.read && !`${params.issuer}${params.account}`.includes(':')) {
        const uri = buildOtpauthUri(params);
        compare(`otpure → ${name}`, params, uri, () => readByPeer(peer, uri));
      }
    }
  }
  return { ways, surprises };
}

export const uriDifferences = Object.keys(KNOWN);
