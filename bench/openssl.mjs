// The floor under every HMAC here: OpenSSL's own, with no JavaScript in between.
import { execFileSync } from 'node:child_process';

/** Nanoseconds for one HMAC-SHA-1 over 8 bytes and the version, or `null` where there is no openssl. */
export function measureOpenssl(seconds) {
  const openssl = (...args) =>
    execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const version = openssl('version').split(' ').slice(0, 2).join(' ');
    const report = openssl('speed', '-mr', '-hmac', 'sha1', '-bytes', '8', '-seconds', String(seconds));
    const bytesPerSecond = Number(/^\+F:[^:]*:[^:]*:([0-9.]+)/m.exec(report)?.[1]);
    return bytesPerSecond > 0 ? { version, nanoseconds: 8e9 / bytesPerSecond } : null;
  } catch {
    return null;
  }
}
