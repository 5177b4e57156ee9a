import {
  BadRequestException,
  Body,
  Controller,
  Get,
  HttpCode,
  Post,
  Req,
  Res,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { minutes, ThrottlerGuard } from '@nestjs/throttler';
import type { Request, Response } from 'express';
import { checkPassword, createUser, type User } from '../../users.mjs';
import { LoginGuard, PasswordGuard, type UserRequest } from './guards.js';
import { refusal } from './refusal.js';
import { startSession } from './session.js';
import { twoFactor } from './two-factor.js';

/** What people send is of any type: neither the password check nor otpure throws for it. */
interface Credentials {
  email?: unknown;
  password?: unknown;
}
interface LoginCode {
  code?: unknown;
  trustDevice?: unknown;
}

/** The cookie of a browser that this user trusts. */
const device = (user: User) => `device_${user.id}`;

@Controller()
export class AuthController {
  @Post('signup')
  @HttpCode(200)
  async signUp(@Req() request: Request, @Body() { email, password }: Credentials = {}) {
    const user = await createUser(email, password);
    if (!user) throw new BadRequestException();
    await startSession(request, user, twoFactor.afterPassword(user.factor));
    return { ok: true };
  }

  // Limit guesses at passwords as well, by IP address: in your proxy, for instance.
  @Post('login')
  @HttpCode(200)
  async logIn(@Req() request: Request, @Body() { email, password }: Credentials = {}) {
    const user = await checkPassword(email, password);
    if (!user) throw new UnauthorizedException();
    const passedFactor = twoFactor.afterPassword(user.factor, request.cookies[device(user)]);
    await startSession(request, user, passedFactor);
    return passedFactor === null ? { next: '2fa' } : { ok: true };
  }

  @Post('login/2fa')
  @HttpCode(200)
  @UseGuards(PasswordGuard, ThrottlerGuard)
  totp(
    @Req() request: UserRequest,
    @Res({ passthrough: true }) response: Response,
    @Body() body: LoginCode = {},
  ) {
    return this.checkCode(request, response, body, 'totp');
  }

  @Post('login/backup')
  @HttpCode(200)
  @UseGuards(PasswordGuard, ThrottlerGuard)
  backupCode(
    @Req() request: UserRequest,
    @Res({ passthrough: true }) response: Response,
    @Body() body: LoginCode = {},
  ) {
    return this.checkCode(request, response, body, 'backup-code');
  }

  private async checkCode(
    request: UserRequest,
    response: Response,
    { code, trustDevice }: LoginCode,
    only: 'totp' | 'backup-code',
  ) {
    const { user } = request;
    const match = await twoFactor.verify(user.id, code, { only, trustDevice: trustDevice === true });
    if (!match) throw new UnauthorizedException(await refusal(user));
    const cookie = {
      httpOnly: true,
      sameSite: 'lax',
      secure: request.secure,
      maxAge: minutes(30 * 24 * 60),
    } as const;
    if (match.deviceToken) response.cookie(device(user), match.deviceToken, cookie);
    await startSession(request, user, match.passedFactor);
    return { ok: true };
  }

  @Get('me')
  @UseGuards(LoginGuard)
  me(@Req() { user }: UserRequest) {
    return { email: user.email, twoFactor: user.factor !== null };
  }
}
