import { createTwoFactor } from 'otpure';
import { findUser, key, store, warnOwner } from '../../users.mjs';

export const twoFactor = createTwoFactor({
  issuer: 'Acme',
  key,
  read: findUser,
  store,
  onRefused: warnOwner,
});
