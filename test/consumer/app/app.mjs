import { buildOtpauthUri, encodeBase32, generateSecret, verifyTotp } from 'otpure';

const users = new Map();

export function enrol(account, settings = {}) {
  const secret = generateSecret({ algorithm: settings.algorithm });
  users.set(account, { secret, settings, lastUsedTimeStep: null });
  const uri = buildOtpauthUri({ type: 'totp', secret, account, issuer: 'Acme Co', ...settings });
  return { uri, typedByHand: encodeBase32(secret) };
}

export function logIn(account, code, timestamp) {
  const user = users.get(account);
  const { settings, lastUsedTimeStep } = user;
  const match = verifyTotp(user.secret, code, { ...settings, timestamp, lastUsedTimeStep });
  if (match) user.lastUsedTimeStep = match.timeStep;
  return match !== null;
}
