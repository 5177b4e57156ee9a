import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import { minutes } from '@nestjs/throttler';
import type { Request } from 'express';
import { findUser, type User } from '../../users.mjs';
import { twoFactor } from './two-factor.js';

export interface UserRequest extends Request {
  user: User;
}

/** Lets those in who gave the password: to the form for the code. Such a session ends after 15 minutes. */
@Injectable()
export class PasswordGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    await authenticate(context);
    return true;
  }
}

/** Lets those in who gave the password and, if a factor is active, a code: asked anew at each request. */
@Injectable()
export class LoginGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (await authenticate(context)) return true;
    throw new UnauthorizedException();
  }
}

/** Whether somebody is fully logged in. Throws for anyone who hasn't given the password. */
async function authenticate(context: ExecutionContext): Promise<boolean> {
  const request = context.switchToHttp().getRequest<UserRequest>();
  const { userId, version, passedFactor, startedAt = 0 } = request.session;
  const user = userId === undefined ? undefined : await findUser(userId);
  if (!user) throw new UnauthorizedException();
  // A session without a code ends at the next set-up, and switching off must not bring it back.
  const isOld = passedFactor === 'none' && version !== user.version;
  const isLoggedIn = !isOld && twoFactor.hasPassed(user.factor, passedFactor);
  if (Date.now() > startedAt + minutes(isLoggedIn ? 12 * 60 : 15)) throw new UnauthorizedException();
  request.user = user;
  return isLoggedIn;
}
