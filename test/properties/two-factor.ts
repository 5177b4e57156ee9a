// createTwoFactor: what one user does, call after call, against a model that is written from the documentation.
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import * as otp from '../../src/index.js';
import * as reference from '../reference/reference.mjs';
import { codeOptions, give, integer, policy, typed } from './inputs.js';
import { holds } from './outcome.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const KEYS = [1, 2].map((byte) => new Uint8Array(32).fill(byte));
const OLD = new TextEncoder().encode('12345678901234567890');
const meaningOf = (code: unknown) => reference.referenceBackupCode(code);
interface Model {
  key: Uint8Array;
  /** Which of the two configs encrypted it. */
  under: number;
  lastUsed: number | null;
  codes: unknown[];
  attempts: otp.AttemptState | null;
  devices: { token: string; expiresAt: number }[];
}

const any = typed(-2, 2);
const right = fc.record({ offset: fc.constant(1), edits: fc.constant<[]>([]), zero: fc.constant(48) });
const names = ['verify', 'disable', 'replaceBackupCodes', 'confirm'] as const;
const others = ['adopt', 'forceDisable', 'unlock', 'forgetDevices', 'reencrypt'] as const;
const call = fc.record({
  name: fc.oneof(fc.constantFrom('verify' as const, ...names), fc.constantFrom(...others)),
  code: fc.oneof(any, right, fc.record({ place: fc.nat(2) })),
  newCode: fc.oneof(any, right),
  only: fc.constantFrom(undefined, undefined, 'totp' as const, 'backup-code' as const),
  ...{ trustDevice: fc.boolean(), under: fc.nat(1) },
  wait: fc.oneof(fc.constant(0), integer(-40_000, 40_000), integer(-DAY, 40 * DAY)),
  age: fc.constantFrom(0, 0, HOUR, HOUR + 1, -HOUR - 1),
});
const calls = fc.array(call, { maxLength: 12 });
const lives = fc.record({ calls, rules: policy, options: fc.record(codeOptions) });

export const twoFactor = fc.asyncProperty(lives, async ({ calls, rules, options }) => {
  const app = { now: 1_700_000_000_000, row: 'null' };
  const configs = [KEYS, [...KEYS].reverse()].map((key) =>
    otp.createTwoFactor<number, otp.SecondFactorRow>({
      ...{ issuer: 'Acme', key, cost: { N: 2, r: 1, p: 1 }, backupCodes: { count: 3 }, ...options, ...rules },
      read: () => ({ factor: JSON.parse(app.row) }),
      store: (_, factor) => {
        app.row = JSON.stringify(factor);
        return true;
      },
      now: () => app.now,
    }),
  );
  /** Trust ends after 30 days, and doesn't begin later than a day from now. */
  const isLive = ({ expiresAt }: Model['devices'][number]) =>
    expiresAt > app.now && expiresAt <= app.now + 31 * DAY;
  let model = null as Model | null;
  const tokens: string[] = [];
  const activate = (key: Uint8Array, under: number, lastUsed: number | null, codes: unknown[] = []) => {
    model = { key, under, lastUsed, codes, attempts: null, devices: [] };
  };
  const codeOf = (key: Uint8Array) => (offset: number) =>
    reference.referenceHotp(key, reference.referenceTimeStep(app.now) + BigInt(offset), options);

  /** Counts a code and looks at it: the match, or `null`. */
  function look(code: unknown, under: number, only?: string) {
    if (model === null) return null;
    const isTotp = only !== 'backup-code' && reference.referenceTyped(code, options.digits) !== null;
    const meant = isTotp || only === 'totp' ? null : meaningOf(code);
    if (!isTotp && meant === null) return null;
    const { attempts, lastUsed, codes } = model;
    const { allowed, state } = reference.referenceTakeAttempt(attempts, rules, app.now);
    if (!allowed) return null;
    model.attempts = state;
    const clock = { ...options, timestamp: app.now, lastUsed };
    const totp = isTotp ? reference.referenceVerifyTotp(model.key, code, clock) : null;
    const isBackup = !isTotp && codes.includes(meant);
    if (!totp && !isBackup) return null;
    Object.assign(model, { under, attempts: null, lastUsed: totp?.timeStep ?? lastUsed });
    model.codes = codes.filter((one) => one !== meant);
    const kind = totp ? 'totp' : 'backup-code';
    return { kind, failures: attempts?.failures ?? 0, drift: totp?.drift ?? null };
  }

  for (const { name, under, only, trustDevice, wait, age, ...typed } of calls) {
    app.now += wait;
    const user = configs[under];
    const code =
      'place' in typed.code ? model?.codes[typed.code.place] : give(typed.code, codeOf(model?.key ?? OLD));
    let [told, expected]: unknown[] = [null, null];
    if (name === 'verify') {
      const match = look(code, under, only);
      const result = await user.verify(17, code, { only, trustDevice });
      const { passedFactor = '', deviceToken = null } = result ?? {};
      if (match && model)
        expected = { ...match, passedFactor, deviceToken, backupCodesLeft: model.codes.length };
      told = result;
      holds((deviceToken !== null) === (match !== null && trustDevice), 'has another token', result);
      if (model && deviceToken) {
        tokens.push(deviceToken);
        const live = model.devices.filter(isLive);
        model.devices = [...live, { token: deviceToken, expiresAt: app.now + 30 * DAY }].slice(-10);
      }
    } else if (name === 'disable') {
      expected = look(code, under) !== null;
      if (expected) model = null;
      told = await user.disable(17, code);
    } else if (name === 'replaceBackupCodes') {
      const match = look(code, under);
      const result = await user.replaceBackupCodes(17, code);
      if (match && model) Object.assign(model, { codes: result?.backupCodes.map(meaningOf), devices: [] });
      [told, expected] = [result !== null, match !== null];
    } else if (name === 'confirm') {
      const setUp = user.setUp(17, 'ann');
      const { secret } = reference.referenceParseUri(setUp.uri) ?? { secret: OLD };
      app.now += age;
      const newCode = give(typed.newCode, codeOf(secret));
      const clock = { ...options, timestamp: app.now };
      const match = Math.abs(age) > HOUR ? null : reference.referenceVerifyTotp(secret, newCode, clock);
      expected = match !== null && (model === null || look(code, under) !== null);
      const result = await user.confirm(17, { ...setUp, code: newCode, currentCode: code });
      if (match && expected) activate(secret, under, match.timeStep, result?.backupCodes.map(meaningOf));
      told = result !== null;
    } else if (name === 'adopt') {
      told = (await user.adopt(17, { secret: OLD, settings: options })) !== null;
      expected = model === null;
      if (expected) activate(OLD, under, null);
    } else {
      told = await user[name](17);
      const { attempts, devices, under: sealed } = model ?? { attempts: null, devices: [], under };
      const changes = { unlock: attempts, forgetDevices: devices[0], reencrypt: sealed !== under };
      expected = Boolean({ ...changes, forceDisable: model }[name]);
      const after = { unlock: { attempts: null }, forgetDevices: { devices: [] }, reencrypt: { under } };
      model = name === 'forceDisable' ? null : model && { ...model, ...after[name] };
    }
    holds(isDeepStrictEqual(told, expected), 'is told something else', name, told, expected);

    const stored: otp.StoredSecondFactor | null = JSON.parse(app.row);
    holds((stored === null) === (model === null), 'is on, or off', name, stored, model);
    const { lastUsed = null, attempts = null, codes = [], devices = [] } = model ?? {};
    const status = { lastUsed: stored?.lastUsedTimeStep ?? null, attempts: stored?.attempts ?? null };
    holds(isDeepStrictEqual(status, { lastUsed, attempts }), 'is stored otherwise', name, stored, model);
    holds((stored?.backupHashes.length ?? 0) === codes.length, 'has other codes', name, stored, model);
    for (const token of tokens) {
      const isTrusted = devices.some((one) => one.token === token && isLive(one));
      const passed = stored === null ? 'none' : isTrusted ? stored.id : null;
      holds(user.afterPassword(stored, token) === passed, 'trusts otherwise', token, devices);
    }
  }
});
