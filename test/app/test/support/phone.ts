// The phone: Debian's oathtool, which knows nothing of the library.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { inject } from 'vitest';

const run = promisify(execFile);

/** The code an authenticator app shows for a Base32 key at a time in Unix milliseconds. */
export async function phoneCode(key: string, time: number): Promise<string> {
  const oathtool = inject('tools').oathtool ?? 'oathtool';
  const { stdout } = await run(oathtool, ['--totp', '--base32', `--now=@${Math.floor(time / 1000)}`, key]);
  return stdout.trim();
}

/** A code that is wrong now: no code of the steps around this one. */
export async function wrongCode(key: string, time: number): Promise<string> {
  const near = await Promise.all([-2, -1, 0, 1, 2].map((step) => phoneCode(key, time + step * 30_000)));
  let code = '000000';
  while (near.includes(code)) code = String(Number(code) + 1).padStart(6, '0');
  return code;
}
