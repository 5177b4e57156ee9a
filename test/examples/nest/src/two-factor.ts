import { createTwoFactor } from 'otpure';
import { findUser, key, storeFactor } from '../../users.mjs';

export const twoFactor = createTwoFactor({ issuer: 'Acme', key, read: findUser, store: storeFactor });
