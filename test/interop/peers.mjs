// The other implementations behind one interface: the codes of a run of counters or time steps, for
// what their documentation says they support.
import { execFileSync } from 'node:child_process';
import {
  generateHOTP,
  generateTOTP,
  createHOTPKeyURI as osloHotpUri,
  createTOTPKeyURI as osloTotpUri,
} from '@oslojs/otp';
import * as otplibUri from '@otplib/uri';
import * as otpauth from 'otpauth';
import * as otplib from 'otplib';
import { encodeBase32 } from 'otpure';

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Debian's oathtool, or `undefined` where it is not installed. */
export const oathtoolVersion = (() => {
  try {
    return /\d+\.\d+\.\d+/.exec(execFileSync('oathtool', ['--version'], { encoding: 'utf8' }))?.[0];
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
})();

export function oathtool(args) {
  return execFileSync('oathtool', args, { encoding: 'utf8' }).trim().split('\n');
}

// Its own limits are policy (secrets of 16 to 64 bytes, periods up to an hour), and meant to be set.
const guardrails = otplib.createGuardrails({
  MIN_SECRET_BYTES: 1,
  MAX_SECRET_BYTES: 200,
  MAX_PERIOD: 86_400,
});

const otpauthSecret = (key) => new otpauth.Secret({ buffer: Uint8Array.from(key).buffer });

/** Runs a function that reads the clock at a moment in milliseconds. */
export function atMoment(milliseconds, call) {
  const { now } = Date;
  Date.now = () => milliseconds;
  try {
    return call();
  } finally {
    Date.now = now;
  }
}

const each = (run, codeAt) => Array.from({ length: run.length }, (_, i) => codeAt(i));

/**
 * A run is `{ type, algorithm, digits, key, length }` with `counter` (bigint), or with `milliseconds`,
 * `period` and `t0`.
 */
export const peers = {
  oathtool: {
    supports: ({ type, algorithm, digits }) =>
      oathtoolVersion !== undefined && digits <= 8 && (type === 'totp' || algorithm === 'SHA1'),
    codes({ type, algorithm, digits, key, length, ...run }) {
      const mode =
        type === 'hotp'
          ? ['--hotp', `--counter=${run.counter}`]
          : [
              `--totp=${algorithm}`,
              `--now=@${Math.floor(run.milliseconds / 1000)}`,
              `--time-step-size=${run.period}s`,
              `--start-time=@${run.t0}`,
            ];
      return oathtool([...mode, `--digits=${digits}`, `--window=${length - 1}`, key.toString('hex')]);
    },
  },
  otplib: {
    supports: ({ type, digits, counter, length }) =>
      digits <= 8 && (type === 'totp' || counter + BigInt(length) <= MAX_SAFE + 1n),
    codes: ({ type, algorithm, digits, key, ...run }) =>
      each(run, (i) =>
        otplib.generateSync({
          ...{ strategy: type, secret: key, algorithm: algorithm.toLowerCase(), digits, guardrails },
          ...(type === 'hotp'
            ? { counter: Number(run.counter) + i }
            : {
                epoch: Math.floor(run.milliseconds / 1000) + i * run.period,
                period: run.period,
                t0: run.t0,
              }),
        }),
      ),
  },
  otpauth: {
    supports: ({ type, counter, length, t0 }) =>
      type === 'totp' ? t0 === 0 : counter + BigInt(length) <= MAX_SAFE + 1n,
    codes({ type, algorithm, digits, key, ...run }) {
      const options = { secret: otpauthSecret(key), algorithm, digits };
      return each(run, (i) =>
        type === 'hotp'
          ? otpauth.HOTP.generate({ ...options, counter: Number(run.counter) + i })
          : otpauth.TOTP.generate({
              ...options,
              period: run.period,
              timestamp: run.milliseconds + i * run.period * 1000,
            }),
      );
    },
  },
  '@oslojs/otp': {
    supports: ({ type, algorithm, digits, t0 }) =>
      algorithm === 'SHA1' && digits <= 8 && (type === 'hotp' || t0 === 0),
    codes: ({ type, digits, key, ...run }) =>
      each(run, (i) =>
        type === 'hotp'
          ? generateHOTP(key, run.counter + BigInt(i), digits)
          : atMoment(run.milliseconds + i * run.period * 1000, () => generateTOTP(key, run.period, digits)),
      ),
  },
};

/** Calls outside what a peer's documentation promises; `differences.json` names them. */
export const probes = {
  'otpauth HOTP.generate': ({ key, counter }) =>
    otpauth.HOTP.generate({ secret: otpauthSecret(key), counter: Number(counter) }),
  'otpauth TOTP.generate': ({ key, timestamp, period }) =>
    otpauth.TOTP.generate({ secret: otpauthSecret(key), timestamp, period }),
  'otplib generateSync': ({ key, counter }) =>
    otplib.generateSync({ strategy: 'hotp', secret: key, counter }),
  'otplib verifySync': ({ key, code, timestamp, lastUsedTimeStep }) =>
    otplib.verifySync({
      ...{ secret: key, token: code, epoch: timestamp / 1000, epochTolerance: 30 },
      afterTimeStep: lastUsedTimeStep,
    }),
  'oathtool --counter': ({ key, counter }) => oathtool([`--counter=${counter}`, key.toString('hex')])[0],
  'oathtool --now': ({ key, timestamp, t0 }) =>
    oathtool(['--totp', `--now=@${timestamp / 1000}`, `--start-time=@${t0}`, key.toString('hex')])[0],
};

const short = (algorithm) => algorithm.toLowerCase();

/** How each peer writes and reads URIs. oathtool has none, and @oslojs/otp only writes them. */
export const uriPeers = {
  otplib: {
    canBuild: ({ issuer, digits, counter }) =>
      issuer !== '' && digits <= 8 && !(BigInt(counter ?? 0) > MAX_SAFE),
    build: ({ type, issuer, account, secret, algorithm, digits, period, counter }) =>
      otplib.generateURI({
        ...{ strategy: type, issuer, label: account, secret: encodeBase32(secret), digits, period },
        algorithm: short(algorithm),
        counter: counter === undefined ? undefined : Number(counter),
      }),
    read(uri) {
      const { type, label, params } = otplibUri.parse(uri);
      const [, account] = /^[^:]*:(.*)$/s.exec(label) ?? [null, label];
      const { secret, issuer = '', algorithm = 'sha1', digits = 6, period = 30, counter } = params;
      return { type, issuer, account, secret, algorithm: algorithm.toUpperCase(), digits, period, counter };
    },
  },
  otpauth: {
    canBuild: ({ counter }) => !(BigInt(counter ?? 0) > MAX_SAFE),
    build: ({ type, issuer, account, secret, algorithm, digits, period, counter }) =>
      new (type === 'totp' ? otpauth.TOTP : otpauth.HOTP)({
        ...{ issuer, label: account, secret: otpauthSecret(secret), algorithm, digits, period },
        counter: counter === undefined ? undefined : Number(counter),
      }).toString(),
    read(uri) {
      const otp = otpauth.URI.parse(uri);
      const type = otp instanceof otpauth.TOTP ? 'totp' : 'hotp';
      const { issuer, label, secret, algorithm, digits, period } = otp;
      const counter = type === 'hotp' ? otp.counter : undefined;
      return { type, issuer, account: label, secret: secret.base32, algorithm, digits, period, counter };
    },
  },
  '@oslojs/otp': {
    canBuild: ({ issuer, algorithm, digits }) => issuer !== '' && algorithm === 'SHA1' && digits <= 8,
    build: ({ type, issuer, account, secret, digits, period, counter }) =>
      type === 'totp'
        ? osloTotpUri(issuer, account, secret, period, digits)
        : osloHotpUri(issuer, account, secret, BigInt(counter), digits),
  },
};
