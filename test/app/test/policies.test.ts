// What the policies change, in a browser.
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Person, Town } from './support/browser.js';
import { password } from './support/people.js';

const { chromium, oathtool } = inject('tools');

describe.skipIf(!chromium || !oathtool)('in a browser, under a policy', () => {
  const town = new Town();
  beforeAll(() => town.open());
  afterAll(() => town.close());

  test('4. enrol-at-first-login leads the first login straight into the set-up', async () => {
    const first = await town.site(1, 'enrol-at-first-login');
    const ann = await town.somebody(first);
    await ann.givePassword();
    await ann.isAt('/security/two-factor');
    await ann.readQrCode();
    await ann.picture('20-first-login');
    // Half done, and back another day: the same again, and nothing in between.
    for (const page of ['/', '/security', '/admin']) {
      await ann.page.goto(page);
      await ann.isAt('/security/two-factor');
    }
    const later = await ann.elsewhere();
    await later.givePassword();
    await later.isAt('/security/two-factor');
    await later.readQrCode();
    await later.confirm();
    await later.readCodes();
    await later.activate();
    await later.sees('Two-factor login is on.');
    await later.isLoggedIn();
    await later.logOut();
    await later.logIn();
  });

  test('5. obligatory-from: a reminder before, from then on no login without, and no switching off', async () => {
    const day = new Date(Date.now() + 48 * 3600_000).toISOString().slice(0, 10);
    const strict = await town.site(2, `obligatory-from=${day}`);
    const ann = await town.somebody(strict);
    await ann.logIn();
    await ann.sees(/From .* you need two-factor login/);
    await ann.picture('22-reminder');
    const bob = await town.somebody(strict);
    await bob.logIn();
    await bob.setUp();
    expect(await bob.page.getByText(/you need two-factor login/).count()).toBe(0);
    await bob.page.goto('/security/two-factor/off');
    await bob.isAt('/security/two-factor/off');

    // The day comes while both are logged in.
    const seconds = Math.ceil((Date.parse(day) - strict.clock.now()) / 1000);
    strict.clock.advance(seconds - 3600);
    for (const person of [ann, bob]) {
      await person.context.clearCookies();
      await person.logIn();
    }
    strict.clock.advance(3601);
    await ann.page.goto('/');
    await ann.isAt('/login');
    await ann.givePassword();
    await ann.isAt('/security/two-factor');
    await ann.page.goto('/');
    await ann.isAt('/security/two-factor');
    await ann.readQrCode();
    await ann.confirm();
    await ann.readCodes();
    await ann.activate();
    await ann.isLoggedIn();

    // The page that was open before the day doesn't switch off either.
    await bob.page.goto('/security');
    await bob.sees('can’t be switched off');
    await bob.picture('23-obligatory');
    expect(await bob.page.getByRole('link', { name: 'Switch it off' }).count()).toBe(0);
    const forged = await bob.context.request.post('/security/two-factor/off', {
      form: { code: await bob.nextCode() },
      headers: { origin: strict.url },
    });
    expect(forged.status()).toBe(403);
    await bob.logOut();
    await bob.givePassword();
    await bob.isAt('/login/code');

    // Whoever lost the phone sets it up again to log in, and reads why.
    const admin = await town.admin(strict);
    await admin.logIn();
    await admin.page.goto('/admin');
    await admin.page.getByRole('link', { name: bob.email }).click();
    await admin.page.getByLabel('Your password').fill(password);
    await admin.press('Switch it off');
    await admin.sees('Two-factor login is off.');
    await bob.givePassword();
    await bob.isAt('/security/two-factor');
    await bob.sees('An administrator switched off two-factor login for your account. Set it up again.');
    await bob.picture('24-set-up-after-a-reset');
  });

  test('6. log-out-after-activation: the login after it takes both', async () => {
    const strict = await town.site(1, 'log-out-after-activation');
    const ann = await town.somebody(strict);
    await ann.logIn();
    await ann.setUpToCodes();
    await ann.activate();
    await ann.isAt('/login');
    await ann.sees('Log in with your password and a code.');
    await ann.picture('24-logged-out-after-activation');
    await ann.page.goto('/');
    await ann.isAt('/login');
    await ann.logIn();
  });

  test('backup-codes-after-activation, with it: the codes are there to store, and work after it', async () => {
    const strict = await town.site(1, 'log-out-after-activation,backup-codes-after-activation');
    const ann = await town.somebody(strict);
    await ann.logIn();
    await ann.setUpToCodes();
    expect(await ann.page.locator('header summary').count()).toBe(0);
    const tab = await ann.context.newPage();
    await tab.goto('/security');
    expect(new URL(tab.url()).pathname).toBe('/login');
    await tab.getByText('Log in with your password and a code.').waitFor();
    await tab.close();
    await ann.page.getByRole('link', { name: 'Done' }).click();
    await ann.isAt('/login');
    await ann.givePassword();
    await ann.giveBackupCode(ann.codes[0] ?? '');
    await ann.sees('You have 9 backup codes left.');
  });

  describe('7. policies for backup codes', () => {
    test('backup-code-disables: logging in with one switches off, and it has to be set up again', async () => {
      const strict = await town.site(1, 'backup-code-disables');
      const ann = await town.somebody(strict);
      await ann.logIn();
      await ann.setUpToCodes();
      expect((await ann.readFile()).text).toContain('switches two-factor login off');
      await ann.activate();
      const oldKey = ann.key;
      await ann.logOut();
      await ann.givePassword();
      await ann.page.getByRole('link', { name: 'Log in with a backup code' }).click();
      await ann.sees('Logging in with one switches two-factor login off');
      await ann.picture('25-backup-code-disables');
      await ann.page.getByLabel('Backup code').fill(ann.codes[0] ?? '');
      await ann.press('Log in');
      await ann.sees('two-factor login is now off. Set it up again.');
      await ann.picture('26-backup-code-disabled');
      expect(await ann.mails()).toContain('Two-factor login is off');
      await ann.setUp();
      expect(ann.key).not.toBe(oldKey);
      await ann.logOut();
      await ann.logIn();
    });

    test('backup-codes=digits, and enrol-after-registration: ten digits, right after the account is made', async () => {
      const strict = await town.site(0, 'backup-codes=digits,enrol-after-registration');
      const ann = await Person.at(strict, 'new@example.com', town.browser);
      await ann.page.goto('/register');
      await ann.page.getByLabel('E-mail address').fill(ann.email);
      await ann.page.getByLabel('Password').fill(password);
      await ann.press('Create an account');
      await ann.isAt('/security/two-factor');
      await ann.readQrCode();
      await ann.confirm();
      await ann.readCodes();
      for (const code of ann.codes) expect(code).toMatch(/^\d{5}-\d{5}$/);
      await ann.activate();
      await ann.logOut();
      await ann.givePassword();
      await ann.page.getByRole('link', { name: 'Log in with a backup code' }).click();
      const field = ann.page.getByLabel('Backup code');
      expect(await field.getAttribute('inputmode')).toBe('numeric');
      await ann.sees('Spaces and dashes don’t matter.');
      await field.fill(ann.codes[0] ?? '');
      await ann.press('Log in');
      await ann.sees('You have 9 backup codes left.');
    });

    test('backup-codes-off: none are shown, and none are accepted', async () => {
      const strict = await town.site(1, 'backup-codes-off');
      const ann = await town.somebody(strict);
      await ann.logIn();
      await ann.scan();
      await ann.confirm();
      await ann.sees('Two-factor login is on.');
      await ann.isAt('/security');
      expect(await ann.page.getByText(/backup code/i).count()).toBe(0);
      await ann.picture('27-backup-codes-off');
      await ann.page.goto('/security/backup-codes');
      await ann.isAt('/security');
      await ann.logOut();
      await ann.givePassword();
      await ann.isAt('/login/code');
      expect(await ann.page.getByText(/backup code/i).count()).toBe(0);
      await ann.page.goto('/login/backup-code');
      await ann.isAt('/login/code');
      await ann.giveCode(await ann.nextCode());
      await ann.isLoggedIn();
    });
  });
});
