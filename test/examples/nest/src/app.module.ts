import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { minutes, ThrottlerModule } from '@nestjs/throttler';
import { AuthController } from './auth.controller.js';
import { BusyFilter } from './busy.filter.js';
import { TwoFactorController } from './two-factor.controller.js';

@Module({
  imports: [
    // One limit for each user, for all that checks a code: a backup code costs a run of scrypt. By default, requests
    // are counted by IP address, and separately for each handler.
    ThrottlerModule.forRoot({
      throttlers: [{ ttl: minutes(1), limit: 10 }],
      getTracker: ({ user }) => String(user.id),
      generateKey: (_context, userId) => userId,
    }),
  ],
  controllers: [AuthController, TwoFactorController],
  providers: [{ provide: APP_FILTER, useClass: BusyFilter }],
})
export class AppModule {}
