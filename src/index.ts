export { OtpError, type OtpErrorCode } from './errors.js';
