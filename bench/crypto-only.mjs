// The floor under importing otpure: a module of one line that needs node:crypto too.
export { hash } from 'node:crypto';
