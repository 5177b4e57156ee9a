import {
  BadRequestException,
  Body,
  Controller,
  HttpCode,
  Post,
  Req,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';
import { findUser } from '../../users.mjs';
import { LoginGuard, type UserRequest } from './guards.js';
import { refusal } from './refusal.js';
import { findSetUp, keepSetUp, startSession } from './session.js';
import { twoFactor } from './two-factor.js';

@Controller('2fa')
@UseGuards(LoginGuard)
export class TwoFactorController {
  /** Show `uri` as a QR code, and `key` to people who type it. A set-up belongs to this session. */
  @Post('enrol')
  @HttpCode(200)
  async enrol(@Req() request: UserRequest) {
    const { uri, setupKey, pendingSecret } = twoFactor.setUp(request.user.id, request.user.email);
    await keepSetUp(request, pendingSecret);
    return { uri, key: setupKey };
  }

  /** `code` is from the new phone. `currentCode` is from the old one, if there is one, or a backup code. */
  @Post('confirm')
  @HttpCode(200)
  @UseGuards(ThrottlerGuard)
  async confirm(@Req() request: UserRequest, @Body() body: { code?: unknown; currentCode?: unknown } = {}) {
    const { user } = request;
    const issued = await twoFactor.confirm(user.id, {
      pendingSecret: await findSetUp(request),
      code: body.code,
      currentCode: body.currentCode,
    });
    if (!issued) throw new BadRequestException(await refusal(user));
    await startSession(request, user, issued.passedFactor);
    return { backupCodes: issued.backupCodes }; // show them now: they can't be read again
  }

  @Post('backup-codes')
  @HttpCode(200)
  @UseGuards(ThrottlerGuard)
  async backupCodes(@Req() { user }: UserRequest, @Body() body: { code?: unknown } = {}) {
    const issued = await twoFactor.replaceBackupCodes(user.id, body.code);
    if (!issued) throw new UnauthorizedException(await refusal(user));
    return { backupCodes: issued.backupCodes };
  }

  @Post('disable')
  @HttpCode(200)
  @UseGuards(ThrottlerGuard)
  async disable(@Req() request: UserRequest, @Body() body: { code?: unknown } = {}) {
    const { id } = request.user;
    const off = await twoFactor.disable(id, body.code);
    if (!off) throw new UnauthorizedException(await refusal(request.user));
    // All other sessions of the user have to log in again.
    const user = await findUser(id);
    if (!user) throw new UnauthorizedException();
    await startSession(request, user, 'none');
    return { ok: true };
  }
}
