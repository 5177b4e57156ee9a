// otpauth URIs both ways.
import fc from 'fast-check';
import { buildOtpauthUri, generateHotp, generateTotp, parseOtpauthUri } from 'otpure';
import {
  algorithmOption,
  booleanOption,
  counter,
  digitsOption,
  integerOption,
  option,
  typedText,
  uriText,
  wrongValue,
} from '../inputs.mjs';
import { run } from '../meter.mjs';
import { costs, holds, refuses, returns } from '../oracle.mjs';
import * as reference from '../reference.mjs';
import { make } from '../values.mjs';
import { anyOf, bytesSpec, giveBytes, isRight, rarely, realise, spellings } from './arguments.mjs';

const parse = [
  fc.record({
    uri: rarely(
      uriText.map((text) => ({ text })),
      wrongValue('string'),
    ),
    lenient: booleanOption,
  }),
  ({ uri: spec, lenient }) => {
    const { options, values, right } = realise({ lenient }, { lenient: false });
    const uri = 'text' in spec ? spec.text : make(spec.wrong);
    const outcome = run(() => parseOtpauthUri(uri, options));
    costs(outcome, {});
    if (!right || !('text' in spec)) return refuses(outcome, ['INVALID_ARGUMENT'], [spec.text ?? '123456']);
    const expected = reference.expectedUri(uri, values.lenient);
    if (expected === null) return refuses(outcome, ['INVALID_URI'], [uri]);
    returns(outcome, expected);
    usesAndRebuilds(outcome.value);
  },
];

/** What was parsed can be used as options, and built into a URI that says the same. */
function usesAndRebuilds(params) {
  const code = run(() =>
    params.type === 'totp'
      ? generateTotp(params.secret, { ...params, timestamp: 59_000 })
      : generateHotp(params.secret, params.counter, params),
  );
  if (params.secret.length < 16) refuses(code, ['SECRET_TOO_SHORT']);
  else
    returns(code, reference.referenceHotp(params.secret, BigInt(params.counter ?? stepAt59(params)), params));

  const built = run(() => buildOtpauthUri(params));
  costs(built, {});
  const { labelIssuer, ...rest } = params;
  const texts = [params.account, params.issuer ?? '', JSON.stringify(params.extra)].join();
  const blank = (text) => /^ *$/.test(text);
  // Only what the format has no room for, and text that has no UTF-8, may be refused.
  if (
    built.error &&
    (`${params.account}${params.issuer ?? ''}`.includes(':') || isTooLong(params) || !isWellFormed(texts))
  )
    return refuses(built, ['INVALID_ARGUMENT'], [params.account]);
  holds(!blank(params.account), 'an account of spaces', params);
  returns(
    { value: parseOtpauthUri(built.value ?? fail(built.error)) },
    { ...rest, account: accountAsRead(rest.account, rest.issuer) },
  );
}

/** Spaces between the issuer and the account are not part of either. */
const accountAsRead = (account, issuer) => (issuer ? account.replace(/^ +/, '') : account);

const stepAt59 = ({ period }) => Math.floor(59 / period);

function fail(error) {
  throw error;
}

function isWellFormed(text) {
  try {
    encodeURIComponent(text.replaceAll(/\\ud[89a-f][0-9a-f]{2}/g, '\ud800'));
    return true;
  } catch {
    return false;
  }
}

/** Percent-encoding makes raw text up to nine times as long. */
const isTooLong = (params) =>
  encodeURIComponent(
    JSON.stringify([params.account, params.issuer, params.extra]).replaceAll(/[\ud800-\udfff]/g, 'xx'),
  ).length +
    (params.issuer?.length ?? 0) * 9 >
  4000;

const text = anyOf(fc.string({ unit: 'grapheme', maxLength: 20 }), typedText);
const extraSpec = fc.dictionary(fc.string({ maxLength: 8 }), anyOf(text, fc.array(text, { maxLength: 3 })), {
  maxKeys: 3,
});

const build = [
  fc.record({
    type: option(fc.constantFrom('totp', 'hotp'), wrongValue('string')),
    secret: bytesSpec(0),
    account: option(text, wrongValue('string')),
    issuer: option(text, wrongValue('string')),
    algorithm: algorithmOption,
    digits: digitsOption,
    period: integerOption(1, 86_400),
    counter: option(
      counter,
      fc.constantFrom(-1, -1n, 2n ** 64n, 2 ** 53).map((wrongData) => ({ wrongData })),
    ),
    extra: option(extraSpec, wrongValue('options')),
  }),
  ({ secret, ...specs }) => {
    const defaults = { issuer: '', algorithm: 'SHA1', digits: 6, period: 30, extra: {} };
    const { options, values } = realise(specs, defaults);
    const params = { ...options, secret: giveBytes(secret) };
    const outcome = run(() => buildOtpauthUri(params));
    costs(outcome, {});
    const unused = values.type === 'hotp' ? 'period' : 'counter';
    const right = Object.entries(specs).every(([name, spec]) => name === unused || isRight(spec));
    const standard = ['secret', 'issuer', 'algorithm', 'digits', 'period', 'counter', ''];
    const texts = [values.account, values.issuer, ...Object.entries(values.extra ?? {})].flat(2);
    const tellable =
      right &&
      secret.bytes?.length > 0 &&
      values.type !== undefined &&
      values.account !== undefined &&
      (values.type === 'totp' || values.counter !== undefined) &&
      !/^ *$|:/.test(values.account) &&
      !values.issuer.includes(':') &&
      texts.every(isEncodable) &&
      !Object.keys(values.extra).some((name) => standard.includes(name.toLowerCase()));
    const given = [...texts, ...spellings(secret)].filter((one) => typeof one === 'string');
    if (!tellable) return refuses(outcome, ['INVALID_ARGUMENT'], given);
    // Percent-encoded text may be too long.
    if (outcome.error !== undefined && texts.join('').length > 800)
      return refuses(outcome, ['INVALID_ARGUMENT'], given);

    const { type, account, issuer, algorithm, digits, period, counter } = values;
    const bigCounter = typeof counter === 'bigint' && counter >= 2n ** 53n;
    const expected = {
      type,
      secret: Uint8Array.from(secret.bytes),
      account: accountAsRead(account, issuer),
      algorithm,
      digits,
      ...(issuer && { issuer }),
      ...(type === 'totp' ? { period } : { counter: bigCounter ? counter : Number(counter) }),
      extra: expectedExtra(values.extra),
    };
    holds(/^otpauth:\/\/[!-~]{1,8184}$/.test(outcome.value ?? ''), 'is not a URI', outcome);
    holds(!outcome.value.includes('+'), 'has a +', outcome.value);
    returns(
      run(() => parseOtpauthUri(outcome.value)),
      expected,
    );
  },
];

function isEncodable(text) {
  try {
    encodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** A list of one is read as that one, an empty list not at all. */
function expectedExtra(extra) {
  const entries = Object.entries(extra).map(([name, value]) => [name, [value].flat()]);
  return Object.fromEntries(
    entries
      .filter(([, list]) => list.length > 0)
      .map(([name, list]) => [name, list.length > 1 ? list : list[0]]),
  );
}

/** By name: the generator, what to check, and how many inputs make up a round. */
export default {
  parseOtpauthUri: [...parse, 2000],
  buildOtpauthUri: [...build, 500],
};
