import { type ArgumentsHost, Catch, ServiceUnavailableException } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { OtpError } from 'otpure';

/** Too many at once: try again in a moment. */
@Catch(OtpError)
export class BusyFilter extends BaseExceptionFilter {
  override catch(error: OtpError, host: ArgumentsHost): void {
    const isBusy = error.code === 'BUSY' || error.code === 'CONFLICT';
    super.catch(isBusy ? new ServiceUnavailableException() : error, host);
  }
}
