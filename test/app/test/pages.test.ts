// Every page and what it says when something goes wrong, in both languages: looked at by axe-core and for
// overflow, and kept as pictures in .cache/app-screenshots for people to look at.
import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { languages } from '../src/texts.js';
import { Person, Town } from './support/browser.js';
import { addPerson, password } from './support/people.js';
import { wrongCode } from './support/phone.js';
import type { Site } from './support/site.js';

const { chromium, oathtool } = inject('tools');
/** As long as an address may be, nearly: it has to fit everywhere. */
const name = (lang: string) => `${lang}.${'a-very-long-name'.repeat(8)}@${'long-'.repeat(8)}company.example`;

describe.skipIf(!chromium || !oathtool)('pages', () => {
  const town = new Town();
  const lastCode = new Map<string, string>();
  let site: Site;
  beforeAll(async () => {
    await town.open();
    site = await town.site(110, '', async (store) => {
      for (const lang of Object.keys(languages)) {
        for (const email of [name(lang), `z-${name(lang)}`])
          await addPerson(store, email, { twoFactor: false });
        const { codes } = await addPerson(store, `last-code.${lang}@example.com`, { backupCodes: 1 });
        lastCode.set(lang, codes[0] ?? '');
      }
    });
  });
  afterAll(() => town.close());

  describe.each(Object.entries(languages))('in %s', (lang, t) => {
    const person = (email: string, options = {}) =>
      Person.at(site, email, town.browser, { locale: lang, ...options });

    test('before the login', async () => {
      const ann = await person(name(lang));
      const { page } = ann;
      await page.goto('/login');
      await ann.picture(`${lang}-01-login`);
      await page.getByLabel(t.email).fill(ann.email);
      await page.getByLabel(t.password).fill('not my password');
      await ann.press(t.logIn);
      await ann.sees(t.loginFailed);
      await ann.picture(`${lang}-02-login-wrong`);
      await page.goto('/register');
      await ann.picture(`${lang}-03-register`);
      await page.getByLabel(t.email).fill('wrong');
      await page.getByLabel(t.password).fill('short');
      await page.locator('form').evaluate((form: HTMLFormElement) => {
        form.noValidate = true;
      });
      await ann.press(t.createAccount);
      await ann.sees(t.emailInvalid);
      await ann.picture(`${lang}-04-register-wrong`);
      await page.goto('/nothing');
      await ann.picture(`${lang}-05-not-found`);
    });

    test('of an account', async () => {
      const ann = await person(name(lang));
      const { page } = ann;
      await ann.logIn();
      await ann.picture(`${lang}-10-home`);
      await page.goto('/admin');
      await ann.picture(`${lang}-11-forbidden`);
      await page.goto('/security');
      await ann.picture(`${lang}-12-security-off`);
      await page.getByRole('link', { name: t.changePassword }).click();
      await page.getByLabel(t.passwordAgain).fill('not my password');
      await page.getByLabel(t.newPassword).fill(password);
      await ann.press(t.changePassword);
      await ann.sees(t.passwordWrong);
      await ann.picture(`${lang}-13-change-password`);

      await page.goto('/security');
      await page.getByRole('link', { name: t.enable }).click();
      await page.getByLabel(t.passwordAgain).fill('not my password');
      await ann.press(t.enable);
      await ann.sees(t.passwordWrong);
      await ann.picture(`${lang}-20-set-up-password`);
      await ann.scan();
      await ann.picture(`${lang}-21-set-up`);
      await page.getByLabel(t.code).fill('12345');
      await ann.press(t.confirm);
      await ann.sees(t.codeTypo);
      await ann.picture(`${lang}-22-set-up-typo`);
      await ann.confirm();
      await ann.picture(`${lang}-23-codes`);
      await page.locator('form[action$=activate]').evaluate((form: HTMLFormElement) => {
        form.noValidate = true;
      });
      await ann.press(t.activate);
      await ann.sees(t.codesNotStored);
      await ann.picture(`${lang}-24-codes-not-stored`);
      await page.goto('/security/two-factor');
      await ann.picture(`${lang}-25-codes-shown`);
      await ann.press(t.showNewCodes);
      await ann.readCodes();
      await ann.activate();
      await ann.sees(t.notice.activated);
      await ann.picture(`${lang}-26-security-on`);
      await page.getByRole('link', { name: t.disable }).click();
      await ann.picture(`${lang}-27-switch-off`);
      await page.goto('/security/backup-codes');
      await ann.picture(`${lang}-28-new-codes`);
      await ann.giveAnyCode(await ann.nextCode(), t.renewCodes);
      await ann.readCodes();
      await ann.picture(`${lang}-29-new-codes-shown`);
      await page.reload();
      await ann.sees(t.notice['codes-shown']);
      await ann.picture(`${lang}-30-new-codes-reloaded`);

      await ann.logOut();
      await ann.givePassword();
      await ann.picture(`${lang}-40-code`);
      await ann.giveCode('12345');
      await ann.sees(t.codeTypo);
      await ann.picture(`${lang}-41-code-typo`);
      const wrong = await wrongCode(ann.key, site.clock.now());
      await ann.giveCode(wrong);
      await ann.sees(t.codeWrong);
      await ann.picture(`${lang}-42-code-wrong`);
      for (let tries = 2; tries <= 5; tries++) await ann.giveCode(wrong);
      await ann.picture(`${lang}-43-code-wait`);
      site.clock.advance(31);
      await page.getByRole('link', { name: t.backupTitle }).click();
      await ann.picture(`${lang}-44-backup-code`);
      await page.getByLabel(t.backupCode).fill('abcd');
      await ann.press(t.logIn);
      await ann.sees(t.backupTypo);
      await ann.picture(`${lang}-45-backup-code-typo`);
      await page.getByLabel(t.backupCode).fill(ann.codes[0] ?? '');
      await ann.press(t.logIn);
      await ann.sees(t.codesLeft(9));
      await ann.picture(`${lang}-46-backup-code-used`);
      await page.goto('/mail');
      await ann.picture(`${lang}-50-mail`);
    }, 600_000);

    test('of whoever has used the last backup code', async () => {
      const ann = await person(`last-code.${lang}@example.com`);
      await ann.givePassword();
      await ann.giveBackupCode(lastCode.get(lang) ?? '');
      await ann.sees(t.fewLeft);
      await ann.picture(`${lang}-47-no-backup-codes-left`);
    });

    test('of administration', async () => {
      const admin = await town.admin(site, { locale: lang });
      const { page } = admin;
      await admin.logIn();
      await page.getByRole('link', { name: t.users }).click();
      await admin.picture(`${lang}-60-users`);
      await page.getByRole('link', { name: t.next }).click();
      await admin.picture(`${lang}-61-users-next`);
      await page.getByLabel(t.find).fill('no such');
      await admin.press(t.findButton);
      await admin.sees(t.noUsers);
      await admin.picture(`${lang}-62-users-none`);
      await page.getByLabel(t.find).fill(name(lang));
      await admin.press(t.findButton);
      await page
        .getByRole('link', { name: name(lang) })
        .first()
        .click();
      await admin.picture(`${lang}-63-user-on`);
      await page.goto(`/admin?q=z-${lang}`);
      await page.locator('main li a').click();
      await admin.picture(`${lang}-64-user-off`);
    }, 600_000);
  });

  test.each(Object.entries(languages))(
    'in %s, of whoever must have two-factor login',
    async (lang, t) => {
      const policies = 'obligatory-from=2020-01-01,backup-code-disables,backup-codes-after-activation';
      const strict = await town.site(1, policies);
      const ann = await town.somebody(strict, { locale: lang });
      const { page } = ann;
      await ann.givePassword();
      await ann.readQrCode();
      await ann.picture(`${lang}-70-set-up-first`);
      await ann.confirm();
      await ann.readCodes();
      await ann.picture(`${lang}-71-codes-afterwards`);
      await page.getByRole('link', { name: t.done }).click();
      await ann.sees(t.notice.activated);
      await ann.picture(`${lang}-72-obligatory`);
      await ann.logOut();
      await ann.givePassword();
      await page.getByRole('link', { name: t.backupTitle }).click();
      await ann.picture(`${lang}-73-backup-code-disables`);
      // Locked: a hundred wrong codes, as fast as the waits let them through.
      const wrong = await wrongCode(ann.key, strict.clock.now());
      strict.clock.stop();
      for (let tries = 0; tries < 100; tries++) {
        strict.clock.advance(3601);
        await page.context().clearCookies({ name: 'session' });
        await page.goto('/login');
        const headers = { origin: strict.url };
        await page.request.post('/login', { form: { email: ann.email, password }, headers });
        await page.request.post('/login/code', { form: { code: wrong }, headers });
      }
      await page.goto('/login');
      await ann.sees(t.codeLocked);
      await ann.picture(`${lang}-74-locked`);
      const admin = await town.admin(strict, { locale: lang });
      await admin.logIn();
      await admin.page.goto('/admin');
      await admin.sees(t.locked);
      await admin.picture(`${lang}-75-users-locked`);
      await admin.page.getByRole('link', { name: ann.email }).click();
      await admin.picture(`${lang}-76-user-locked`);
    },
    600_000,
  );
});
