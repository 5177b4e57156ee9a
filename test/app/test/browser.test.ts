// What people do, in a browser: the QR code is read from a picture of the page, the codes come from oathtool.
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Person, Town } from './support/browser.js';
import { password } from './support/people.js';
import { phoneCode, wrongCode } from './support/phone.js';
import type { Site } from './support/site.js';

const { chromium, oathtool } = inject('tools');

describe.skipIf(!chromium || !oathtool)('in a browser', () => {
  const town = new Town();
  let site: Site;
  beforeAll(async () => {
    await town.open();
    site = await town.site(20);
  });
  afterAll(() => town.close());

  describe('1. switching two-factor login on', () => {
    test('takes the password, the QR code, a code, the backup codes and the box; then a mail comes', async () => {
      const ann = await town.somebody(site);
      const { page } = ann;
      await page.goto('/login');
      await ann.logIn();

      await page.goto('/security');
      expect(await page.getByRole('heading', { name: 'Two-factor login' }).textContent()).toMatch(/Off$/);
      await page.getByRole('link', { name: 'Set up two-factor login' }).click();
      await page.getByLabel('Your password').fill('not my password');
      await ann.press('Set up two-factor login');
      expect(await ann.alert()).toBe('That password isn’t right. Try again.');
      await page.getByLabel('Your password').fill(password);
      await ann.press('Set up two-factor login');

      const uri = await ann.readQrCode();
      expect(`${uri.protocol}//${uri.host}${uri.pathname}`).toBe(
        `otpauth://totp/Otpure%20Demo:${encodeURIComponent(ann.email)}`,
      );
      expect(uri.searchParams.get('issuer')).toBe('Otpure Demo');
      await page.getByLabel('Code from your app').fill(await wrongCode(ann.key, site.clock.now()));
      await ann.press('Confirm');
      expect(await ann.alert()).toContain('That code didn’t work');
      const confirming = await ann.confirm();

      await ann.readCodes();
      await ann.context.grantPermissions(['clipboard-read', 'clipboard-write']);
      await ann.press('Copy');
      await ann.sees('Copied');
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(ann.codes.join('\n'));
      const { name, text } = await ann.readFile();
      expect(name).toBe('otpure-demo-backup-codes.txt');
      expect(text.trim().split('\n').slice(1)).toEqual(ann.codes);
      expect(text).toContain(ann.email);
      expect(await page.content(), 'no address that stays in the history').not.toContain('data:text');

      // Not on yet: half-finished locks nobody out.
      const elsewhere = await ann.elsewhere();
      await elsewhere.givePassword();
      await elsewhere.isLoggedIn();

      // The browser insists on the box.
      await ann.press('Switch two-factor login on');
      await ann.isAt('/security/two-factor/confirm');
      await ann.activate();
      await ann.sees('Two-factor login is on.');
      expect(await page.getByRole('heading', { name: 'Two-factor login' }).textContent()).toMatch(/On$/);
      await ann.sees('You have 10 backup codes left.');
      expect(await ann.mails()).toContain('You switched on two-factor login');

      // The session elsewhere has ended, and the code that confirmed does not log in.
      await elsewhere.page.goto('/');
      await elsewhere.isAt('/login');
      await elsewhere.givePassword();
      await elsewhere.giveCode(confirming);
      expect(await elsewhere.alert()).toContain('That code didn’t work');
      await elsewhere.giveCode(await ann.nextCode());
      await elsewhere.isLoggedIn();
    });

    test('does not happen without the box, even from a browser that does not insist', async () => {
      const ann = await town.somebody(site);
      await ann.logIn();
      await ann.setUpToCodes();
      const [first] = ann.codes;
      await ann.page
        .locator('form')
        .last()
        .evaluate((form: HTMLFormElement) => {
          form.noValidate = true;
        });
      await ann.press('Switch two-factor login on');
      await ann.sees('Tick the box');
      await ann.readCodes();
      expect(ann.codes).not.toContain(first);
      await ann.activate();
      await ann.sees('Two-factor login is on.');
    });

    test('shows the backup codes once: after a reload it offers new ones', async () => {
      const ann = await town.somebody(site);
      await ann.logIn();
      await ann.setUpToCodes();
      const [first = ''] = ann.codes;
      await ann.page.reload();
      await ann.sees('can’t be shown again');
      expect(await ann.page.content()).not.toContain(first);
      await ann.press('Show me new codes');
      await ann.readCodes();
      // Again: those that were shown last stay the ones that work.
      await ann.page.reload();
      await ann.sees('can’t be shown again');
      await ann.activate();
      await ann.sees('Two-factor login is on.');
      await ann.logOut();
      await ann.givePassword();
      await ann.giveBackupCode(first);
      expect(await ann.alert()).toBe('That backup code didn’t work. Each one works only once: try another.');
      await ann.page.getByLabel('Backup code').fill(ann.codes[0] ?? '');
      await ann.press('Log in');
      await ann.sees('You have 9 backup codes left.');
    });

    test('can be given up, and begun again with another key', async () => {
      const ann = await town.somebody(site);
      await ann.logIn();
      await ann.scan();
      const { key } = ann;
      await ann.press('Cancel');
      await ann.isAt('/security');
      await ann.scan();
      expect(ann.key).not.toBe(key);
    });
  });

  describe('2. logging in', () => {
    test('takes the password and a code, each code once; after five wrong ones it waits', async () => {
      const ann = await town.somebody(site);
      await ann.logIn();
      await ann.setUp();
      await ann.logOut();
      await ann.givePassword();
      await ann.isAt('/login/code');
      const field = ann.page.getByLabel('Code from your app');
      expect(await field.getAttribute('autocomplete')).toBe('one-time-code');
      expect(await field.getAttribute('inputmode')).toBe('numeric');
      expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
      const code = await ann.nextCode();
      await ann.giveCode(`${code.slice(0, 3)} ${code.slice(3)}`);
      await ann.isLoggedIn();
      await ann.logOut();

      await ann.givePassword();
      await ann.giveCode(code);
      const refusal = await ann.alert();
      const wrong = await wrongCode(ann.key, site.clock.now());
      // A used code and a wrong one are told apart by nothing; before the wait comes a warning.
      for (const warning of [
        '',
        ' After 2 more wrong codes, you’ll have to wait.',
        ' After 1 more wrong code, you’ll have to wait.',
      ]) {
        await ann.giveCode(wrong);
        expect(await ann.alert()).toBe(refusal + warning);
      }
      await ann.giveCode(wrong);
      expect(await ann.alert()).toMatch(/^Too many attempts. Try again in (30|2\d) seconds.$/);
      await ann.giveCode(await phoneCode(ann.key, site.clock.now() + 30_000));
      expect(await ann.alert()).toMatch(/^Too many attempts/);
      site.clock.advance(31);
      await ann.giveCode(await ann.phone());
      await ann.isLoggedIn();
    });

    test('with a wrong password says so without saying why', async () => {
      const ann = await Person.at(site, 'nobody@example.com', town.browser);
      await ann.givePassword();
      expect(await ann.alert()).toBe(
        'That e-mail address and password don’t match. Check both and try again.',
      );
    });
  });

  test('3. a backup code logs in once; new ones make the old ones void', async () => {
    const ann = await town.somebody(site);
    await ann.logIn();
    await ann.setUp();
    const [first = '', second = ''] = ann.codes;
    await ann.logOut();
    await ann.givePassword();
    await ann.page.getByRole('link', { name: 'Log in with a backup code' }).click();
    await ann.page.getByLabel('Backup code').fill(first.toUpperCase().replaceAll('-', ' '));
    await ann.press('Log in');
    await ann.page.goto('/');
    await ann.sees('You have 9 backup codes left.');
    expect(await ann.mails()).toContain('You logged in with a backup code');
    await ann.logOut();
    await ann.givePassword();
    await ann.giveBackupCode(first);
    expect(await ann.alert()).toBe('That backup code didn’t work. Each one works only once: try another.');
    await ann.page.getByLabel('Backup code').fill(second);
    await ann.press('Log in');
    await ann.sees('You have 8 backup codes left.');

    const third = ann.codes[2] ?? '';
    await ann.page.getByRole('link', { name: 'Make new backup codes' }).click();
    await ann.giveAnyCode(await ann.nextCode(), 'Make new backup codes');
    await ann.readCodes();
    expect(await ann.mails()).toContain('You made new backup codes');
    await ann.page.getByRole('link', { name: 'Done' }).click();
    await ann.sees('You have 10 backup codes left.');
    await ann.logOut();
    await ann.givePassword();
    await ann.giveBackupCode(third);
    expect(await ann.alert()).toBe('That backup code didn’t work. Each one works only once: try another.');
    await ann.page.getByLabel('Backup code').fill(ann.codes[0] ?? '');
    await ann.press('Log in');
    await ann.sees('You have 9 backup codes left.');
  });

  describe('8. switching off', () => {
    test('takes a code, and a mail comes', async () => {
      const ann = await town.somebody(site);
      await ann.logIn();
      await ann.setUp();
      await ann.page.getByRole('link', { name: 'Switch it off' }).click();
      await ann.giveAnyCode(await wrongCode(ann.key, site.clock.now()), 'Switch it off');
      expect(await ann.alert()).toContain('That code didn’t work');
      await ann.giveAnyCode(await ann.nextCode(), 'Switch it off');
      await ann.sees('Two-factor login is off.');
      expect(await ann.page.getByRole('status').getAttribute('class')).toBe('notice warn');
      expect(await ann.mails()).toContain('You switched off two-factor login');
      await ann.logOut();
      await ann.givePassword();
      await ann.isLoggedIn();
    });

    test('is done by an administrator for another user, who can then set it up anew', async () => {
      const ann = await town.somebody(site);
      await ann.logIn();
      await ann.setUp();
      const admin = await town.admin(site);
      await admin.logIn();
      await admin.page.getByRole('link', { name: 'Users' }).click();
      await admin.page.getByRole('link', { name: ann.email }).click();
      await admin.page.getByLabel('Your password').fill(password);
      await admin.press('Switch it off');
      await admin.sees('Two-factor login is off.');

      expect(await ann.mails()).toContain('An administrator switched off your two-factor login');
      await ann.page.goto('/');
      await ann.isAt('/login');
      await ann.givePassword();
      await ann.isLoggedIn();
      const word = 'An administrator switched off two-factor login for your account. Set it up again.';
      await ann.sees(word);
      await ann.picture('home-after-a-reset');
      await ann.setUp();
      await ann.page.getByRole('link', { name: 'Switch it off' }).click();
      await ann.giveAnyCode(await ann.nextCode(), 'Switch it off');
      await ann.isLoggedIn();
      expect(await ann.page.getByText(word).count(), 'the owner did, this time').toBe(0);
    });

    test('for others is not for an ordinary user', async () => {
      const ann = await town.somebody(site);
      await ann.logIn();
      expect(await ann.page.getByRole('link', { name: 'Users' }).count()).toBe(0);
      await ann.page.goto('/admin');
      await ann.sees('You can’t open this page');
    });
  });

  test('9. a new phone takes a code of the old one, and the old one is dead', async () => {
    const ann = await town.somebody(site);
    await ann.logIn();
    await ann.setUp();
    const oldPhone = ann.key;
    const oldCode = ann.codes[0] ?? '';
    await ann.scan(password, ann.t.move);
    expect(ann.key).not.toBe(oldPhone);
    const code = await ann.nextCode();
    for (const current of ['123456', await phoneCode(oldPhone, site.clock.now())]) {
      await ann.page.getByLabel(ann.t.code, { exact: true }).fill(code);
      await ann.page.getByLabel(ann.t.currentCode).fill(current);
      await ann.press(ann.t.confirm);
      if (current === '123456') expect(await ann.alert()).toContain('That code didn’t work');
    }
    await ann.readCodes();
    await ann.page.getByRole('link', { name: 'Done' }).click();
    await ann.sees(ann.t.notice.moved);
    expect(await ann.mails()).toContain('You moved two-factor login to a new phone');
    await ann.logOut();
    await ann.givePassword();
    site.clock.advance(30);
    await ann.giveCode(await phoneCode(oldPhone, site.clock.now()));
    expect(await ann.alert()).toContain('That code didn’t work');
    await ann.giveBackupCode(oldCode);
    expect(await ann.alert()).toBe('That backup code didn’t work. Each one works only once: try another.');
    await ann.page.getByRole('link', { name: 'Use your app instead' }).click();
    await ann.giveCode(await ann.phone());
    await ann.isLoggedIn();
  });

  test('an account is made, and a mail says so', async () => {
    const ann = await Person.at(site, 'new@example.com', town.browser);
    await ann.page.goto('/register');
    await ann.page.getByLabel('E-mail address').fill(ann.email);
    await ann.page.getByLabel('Password').fill(password);
    await ann.press('Create an account');
    await ann.sees('Check your mail');
    expect(await ann.mails()).toContain('An account was made for this address');
    await ann.logIn();
  });

  test('a new password ends all other sessions, and a mail says so in the language of its owner', async () => {
    const ann = await town.somebody(site, { locale: 'nl' });
    await ann.logIn();
    const elsewhere = await ann.elsewhere();
    await elsewhere.logIn();
    const { page, t } = ann;
    const chosen = 'another password of the tests';
    await page.goto('/security/password');
    // Password managers are told whose password it is.
    expect(await page.locator('form input[autocomplete=username]').inputValue()).toBe(ann.email);
    await page.getByLabel(t.passwordAgain).fill(password);
    await page.getByLabel(t.newPassword).fill('short');
    await ann.press(t.changePassword);
    expect(await ann.alert()).toBe(t.passwordHint);
    await page.getByLabel(t.passwordAgain).fill(password);
    await page.getByLabel(t.newPassword).fill(chosen);
    await ann.press(t.changePassword);
    await ann.sees(t.notice['password-changed']);
    await ann.isLoggedIn();
    // Whoever logged in last chose the language: here the English browser.
    expect(await ann.mails()).toContain('You changed your password');
    await elsewhere.page.goto('/');
    await elsewhere.isAt('/login');
    await elsewhere.givePassword();
    expect(await elsewhere.alert()).toBe(
      'That e-mail address and password don’t match. Check both and try again.',
    );

    // The language of the last login counts, and not that of an administrator.
    await ann.logOut();
    await page.goto('/login?lang=nl');
    await page.getByLabel(t.email).fill(ann.email);
    await page.getByLabel(t.password).fill(chosen);
    await ann.press(t.logIn);
    await ann.isLoggedIn();
    await ann.scan(chosen);
    await ann.confirm();
    await ann.readCodes();
    await ann.activate();
    const admin = await town.admin(site);
    await admin.logIn();
    await admin.page.goto(`/admin?q=${ann.email}`);
    await admin.page.getByRole('link', { name: ann.email, exact: true }).click();
    await admin.page.getByLabel('Your password').fill(password);
    await admin.press('Switch it off');
    await admin.sees('there’s nothing to do here');
    expect(await admin.page.locator('button.bad').count()).toBe(0);
    expect(await ann.mails()).toContain('Een beheerder heeft je tweestapsverificatie uitgezet');
  });

  test('a reload, going back and an old page end in a word on what happened', async () => {
    const ann = await town.somebody(site);
    const { page } = ann;
    await ann.logIn();
    await ann.scan();
    // The set-up is cancelled in another tab, which this page does not know.
    const tab = await ann.context.newPage();
    await tab.goto('/security/two-factor');
    await tab.getByRole('button', { name: 'Cancel' }).click();
    await tab.getByText('You cancelled the set-up.').waitFor();
    await tab.close();
    await ann.confirm();
    await ann.sees('This set-up was cancelled or took too long.');
    await ann.setUp();

    await page.getByRole('link', { name: 'Make new backup codes' }).click();
    await page.getByLabel(ann.t.code + ann.t.orBackupCode).fill(await ann.nextCode());
    await page.waitForLoadState();
    // The second click must not cancel the answer to the first.
    await page.getByRole('button', { name: 'Make new backup codes' }).dblclick();
    await page.getByRole('list', { name: ann.t.backupCodes }).waitFor();
    await ann.readCodes();
    await page.reload();
    await ann.sees('Your new backup codes were shown once');
    await ann.logOut();
    await ann.givePassword();
    await ann.giveBackupCode(ann.codes[0] ?? '');
    await ann.sees('You have 9 backup codes left.');

    // An old page: its form is from before the log-out.
    await page.goto('/security/password');
    const stale = await ann.context.newPage();
    await stale.goto('/security');
    await stale.locator('header summary').click();
    await stale.getByRole('button', { name: 'Log out' }).click();
    await stale.getByText('You’re logged out.').waitFor();
    await page.getByLabel('Your password').fill(password);
    await page.getByLabel('New password').fill('another password');
    await ann.press('Change your password');
    await ann.sees('What you typed may not have been used');
    // A log-in form works however old it is.
    await stale.goto('/login');
    await page.goto('/login');
    await ann.givePassword();
    await ann.giveCode(await ann.nextCode());
    await stale.getByLabel('E-mail address').fill(ann.email);
    await stale.getByLabel('Password').fill(password);
    await stale.getByRole('button', { name: 'Log in' }).click();
    await stale.waitForURL('**/login/code');
  });

  test('a typo is no guess: ten of them, and the right code logs in', async () => {
    const ann = await town.somebody(site);
    await ann.logIn();
    await ann.setUp();
    await ann.logOut();
    await ann.givePassword();
    for (let tries = 0; tries < 10; tries++) {
      await ann.giveCode('12345');
      expect(await ann.alert()).toContain('This try didn’t count.');
    }
    await ann.giveCode(await ann.nextCode());
    await ann.isLoggedIn();
    expect(await ann.page.getByText('failed').count()).toBe(0);
  });

  test('on a phone the key opens in the app itself, and anywhere it is copied by a button', async () => {
    const ann = await town.somebody(site, { isMobile: true, hasTouch: true });
    await ann.logIn();
    await ann.scan();
    const link = ann.page.getByRole('link', { name: 'Open in your app' });
    expect(await link.getAttribute('href')).toBe((await ann.readQrCode()).href);
    await ann.page.setViewportSize({ width: 390, height: 844 });
    const qr = ann.page.getByRole('img', { name: ann.t.qrLabel });
    const [first, second] = [await link.boundingBox(), await qr.boundingBox()];
    expect(first && second && first.y + first.height <= second.y, 'the link comes first').toBe(true);
    await ann.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await ann.page.getByText('Can’t scan it?').click();
    await ann.press('Copy');
    await ann.sees('Copied');
    expect(await ann.page.evaluate(() => navigator.clipboard.readText())).toBe(ann.key);
    const bob = await town.somebody(site);
    await bob.logIn();
    await bob.scan();
    expect(await bob.page.getByRole('link', { name: 'Open in your app' }).count()).toBe(0);
  });

  test('of the backup codes paper gets the site, the account and the codes alone', async () => {
    const ann = await town.somebody(site);
    await ann.logIn();
    await ann.setUpToCodes();
    await ann.page.emulateMedia({ media: 'print' });
    const paper = (await ann.page.locator('body').innerText()).split('\n').filter((line) => line.trim());
    expect(paper).toEqual([`Backup codes for ${ann.email} at Otpure Demo. Each works once.`, ...ann.codes]);
  });

  test('all of it works without JavaScript', async () => {
    const ann = await town.somebody(site, { javaScriptEnabled: false });
    await ann.logIn();
    await ann.setUpToCodes();
    expect(await ann.page.getByRole('button', { name: 'Copy' }).count()).toBe(0);
    expect(await ann.page.getByRole('button', { name: 'Download' }).count()).toBe(0);
    await ann.activate();
    await ann.logOut();
    await ann.logIn();
  });

  test('with the keyboard alone one logs in and out', async () => {
    const ann = await town.somebody(site);
    await ann.logIn();
    await ann.setUp();
    await ann.logOut();
    const { keyboard } = ann.page;
    await ann.page.goto('/login');
    await ann.page.locator('#email:focus').waitFor();
    await keyboard.type(ann.email);
    await keyboard.press('Tab');
    await keyboard.type(password);
    await keyboard.press('Enter');
    await ann.page.locator('#code:focus').waitFor();
    await keyboard.type(await ann.nextCode());
    await keyboard.press('Enter');
    await ann.isAt('/security');
    // Past the link to the content: the user's menu, and the log-out behind the new password in it.
    for (let tabs = 0; tabs < 2; tabs++) await keyboard.press('Tab');
    await keyboard.press('Enter');
    await keyboard.press('Tab');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await ann.sees('You’re logged out.');
    await ann.page.goto('/mail');
    await ann.page.getByRole('link', { name: 'Home' }).click();
    await ann.isAt('/login');
  });

  test('it speaks Dutch to a Dutch browser, and either by the switch', async () => {
    const ann = await Person.at(site, 'x@example.com', town.browser, { locale: 'nl-BE' });
    await ann.page.goto('/login');
    expect(await ann.page.locator('html').getAttribute('lang')).toBe('nl');
    await ann.page.getByRole('button', { name: 'Inloggen' }).waitFor();
    await ann.page.getByRole('link', { name: 'English' }).click();
    await ann.page.getByRole('button', { name: 'Log in' }).waitFor();
    await ann.page.goto('/register');
    await ann.page.getByRole('button', { name: 'Create an account' }).waitFor();
    await ann.page.getByRole('link', { name: 'Nederlands' }).click();
    await ann.page.getByLabel('E-mailadres').fill('wrong');
    await ann.page.getByLabel('Wachtwoord').fill('short');
    await ann.page.locator('form').evaluate((form: HTMLFormElement) => {
      form.noValidate = true;
    });
    await ann.press('Account aanmaken');
    expect(await ann.page.getByRole('alert').count()).toBe(2);
  });
});
