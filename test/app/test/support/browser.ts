// A person in front of headless Chromium, with a phone in hand.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import jsQR from 'jsqr';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { expect, inject } from 'vitest';
import type { Store } from '../../src/database.js';
import { type Language, languages, type Texts } from '../../src/texts.js';
import { addPerson, password } from './people.js';
import { phoneCode } from './phone.js';
import { Site } from './site.js';

// Its types are those of another module format.
const readQr = jsQR as unknown as typeof jsQR.default;

const shots = fileURLToPath(new URL('../../../../.cache/app-screenshots', import.meta.url));
mkdirSync(shots, { recursive: true });

const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: inject('tools').chromium ?? '',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

/** A browser, the sites of one test file, and who lives there. */
export class Town {
  #browser: Browser | null = null;
  readonly #sites = new Map<Site, { met: number; adminKey: string }>();

  async open(): Promise<void> {
    this.#browser = await launch();
  }

  get browser(): Browser {
    if (!this.#browser) throw new Error('The browser has not been started.');
    return this.#browser;
  }

  /** A new site with an administrator and so many users. */
  async site(
    users: number,
    policies = '',
    prepare: (store: Store) => Promise<void> = async () => {},
  ): Promise<Site> {
    const site = new Site({ policies });
    await site.withStore(async (store) => {
      const { key: adminKey } = await addPerson(store, 'admin@example.com', { admin: true });
      this.#sites.set(site, { met: 0, adminKey });
      for (let i = 1; i <= users; i++) await addPerson(store, `person${i}@example.com`, { twoFactor: false });
      await prepare(store);
    });
    return site.start();
  }

  /** The administrator of the site, with a phone. */
  async admin(site: Site, options?: ContextOptions): Promise<Person> {
    const admin = await Person.at(site, 'admin@example.com', this.browser, options);
    admin.key = this.#sites.get(site)?.adminKey ?? '';
    return admin;
  }

  /** The next user of the site, who has never logged in. */
  somebody(site: Site, options?: ContextOptions): Promise<Person> {
    const users = this.#sites.get(site);
    if (!users) throw new Error('The site is of another town.');
    users.met++;
    return Person.at(site, `person${users.met}@example.com`, this.browser, options);
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    await Promise.all([...this.#sites.keys()].map((site) => site.stop()));
  }
}

interface ContextOptions {
  javaScriptEnabled?: boolean;
  isMobile?: boolean;
  hasTouch?: boolean;
  locale?: string;
}

export class Person {
  key = '';
  codes: string[] = [];
  readonly site: Site;
  readonly email: string;
  /** What the site says to this browser. */
  readonly t: Texts;
  readonly context: BrowserContext;
  readonly page: Page;

  private constructor(site: Site, email: string, t: Texts, context: BrowserContext, page: Page) {
    this.site = site;
    this.email = email;
    this.t = t;
    this.context = context;
    this.page = page;
  }

  static async at(
    site: Site,
    email: string,
    browser: Browser,
    options: ContextOptions = {},
  ): Promise<Person> {
    // No transitions: colours are looked at in the moment that they change.
    const fixed = { baseURL: site.url, locale: 'en-GB', reducedMotion: 'reduce' } as const;
    const context = await browser.newContext({ ...fixed, ...options });
    context.setDefaultTimeout(30_000);
    const t = languages[(options.locale ?? 'en').slice(0, 2) as Language];
    return new Person(site, email, t, context, await context.newPage());
  }

  /** The same person in another browser. */
  async elsewhere(): Promise<Person> {
    const browser = this.context.browser();
    if (!browser) throw new Error('The browser is gone.');
    const other = await Person.at(this.site, this.email, browser);
    other.key = this.key;
    other.codes = this.codes;
    return other;
  }

  async givePassword(): Promise<void> {
    await this.page.goto('/login');
    await this.page.getByLabel(this.t.email).fill(this.email);
    await this.page.getByLabel(this.t.password).fill(password);
    await this.press(this.t.logIn);
  }

  async giveCode(code: string): Promise<void> {
    await this.page.getByLabel(this.t.code).fill(code);
    await this.press(this.t.logIn);
  }

  async giveBackupCode(code: string): Promise<void> {
    await this.page.getByRole('link', { name: this.t.backupTitle }).click();
    await this.page.getByLabel(this.t.backupCode).fill(code);
    await this.press(this.t.logIn);
  }

  /** The step that takes a code, at the page that is open. */
  async giveAnyCode(code: string, button: string): Promise<void> {
    await this.page.getByLabel(this.t.code + this.t.orBackupCode).fill(code);
    await this.press(button);
  }

  /** The code on the phone now. */
  phone = (): Promise<string> => phoneCode(this.key, this.site.clock.now());

  /** The code on the phone once the next one shows. */
  nextCode(): Promise<string> {
    this.site.clock.advance(30);
    return this.phone();
  }

  async logIn(): Promise<void> {
    await this.givePassword();
    if (this.key) await this.giveCode(await this.nextCode());
    await this.isLoggedIn();
  }

  async logOut(): Promise<void> {
    await this.page.locator('header summary').click();
    await this.press(this.t.logOut);
    await this.sees(this.t.notice['logged-out']);
  }

  /** From the security page to the QR code, and with the phone at it. */
  async scan(word = password, link = this.t.enable): Promise<void> {
    await this.page.goto('/security');
    await this.page.getByRole('link', { name: link }).click();
    await this.page.getByLabel(this.t.passwordAgain).fill(word);
    await this.press(link);
    await this.readQrCode();
  }

  /** What the phone's camera sees, from a picture of the page; and the text beside it must be the same key. */
  async readQrCode(): Promise<URL> {
    const qr = this.page.getByRole('img', { name: this.t.qrLabel });
    const { data, width, height } = PNG.sync.read(await qr.screenshot());
    const seen = readQr(Uint8ClampedArray.from(data), width, height);
    if (!seen) throw new Error('The QR code is not readable.');
    const uri = new URL(seen.data);
    this.key = uri.searchParams.get('secret') ?? '';
    expect((await this.page.locator('#key').textContent())?.replaceAll(' ', '')).toBe(this.key);
    return uri;
  }

  async confirm(): Promise<string> {
    const code = await this.nextCode();
    await this.page.getByLabel(this.t.code).fill(code);
    await this.press(this.t.confirm);
    return code;
  }

  async readCodes(): Promise<void> {
    this.codes = await this.page
      .getByRole('list', { name: this.t.backupCodes })
      .getByRole('listitem')
      .allInnerTexts();
    expect(this.codes).toHaveLength(10);
  }

  /** The text file with the codes that the page offers. */
  async readFile(): Promise<{ name: string; text: string }> {
    const [download] = await Promise.all([this.page.waitForEvent('download'), this.press(this.t.download)]);
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
  }

  async activate(): Promise<void> {
    await this.page.getByLabel(this.t.codesStored).check();
    await this.press(this.t.activate);
  }

  /** The set-up, from being logged in to the backup codes. */
  async setUpToCodes(): Promise<void> {
    await this.scan();
    await this.confirm();
    await this.readCodes();
  }

  /** All of the set-up. */
  async setUp(): Promise<void> {
    await this.setUpToCodes();
    await this.activate();
    await this.sees(this.t.notice.activated);
  }

  press = (name: string): Promise<void> => this.page.getByRole('button', { name, exact: true }).click();

  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  async alert(): Promise<string> {
    return (await this.page.getByRole('alert').textContent()) ?? '';
  }

  async isLoggedIn(): Promise<void> {
    await this.page.goto('/');
    await this.sees(this.t.loggedInAs(this.email));
  }

  async isAt(path: string): Promise<void> {
    await this.page.waitForURL((url) => url.pathname === path);
  }

  async mails(): Promise<string> {
    const page = await this.context.newPage();
    await page.goto('/mail');
    const text = await page.locator('article', { hasText: this.email }).allInnerTexts();
    await page.close();
    return text.join('\n');
  }

  /** Pictures for a desktop, a phone and a printer, and what holds for every page. */
  async picture(name: string): Promise<void> {
    const { page } = this;
    // After an error, typing goes on in a field that has one.
    if ((await page.getByRole('alert').count()) > 0)
      await page.locator('input[aria-invalid=true]:focus').waitFor();

    const shot = (where: string) =>
      page.screenshot({ path: join(shots, `${name}-${where}.png`), fullPage: true });
    const fits = async (where: string) =>
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        `${name}: nothing sticks out ${where}`,
      ).toBeLessThanOrEqual(0);
    await shot('desktop');
    await fits('on a desktop');
    await page.setViewportSize({ width: 390, height: 844 });
    await shot('phone');
    await fits('on a phone');
    await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
    await fits('on a phone with text of twice the size');
    await page.evaluate(() => document.documentElement.style.removeProperty('font-size'));
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ media: 'print' });
    await shot('print');
    await page.emulateMedia({ media: 'screen' });

    // axe-core: labels, names, contrast, headings, landmarks, languages and more.
    await page.evaluate(axe.source);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await page.evaluate(() =>
        (globalThis as unknown as { axe: typeof axe }).axe.run(),
      );
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      expect(found, `${name}: axe, ${colorScheme}`).toEqual([]);
      if (colorScheme === 'dark') await shot('dark');
    }

    expect(await page.locator('html').getAttribute('lang')).toMatch(/^(en|nl)$/);
    // The language is switched at the page's own address, also where a form was refused.
    for (const link of await page.locator('body > footer a[aria-current]').all())
      expect((await page.request.get((await link.getAttribute('href')) ?? '')).status()).not.toBe(404);
    for (const alert of await page.getByRole('alert').all()) {
      const id = await alert.getAttribute('id');
      expect(await page.locator(`input[aria-invalid=true][aria-describedby~="${id}"]`).count()).toBe(1);
      expect(await page.title()).toMatch(/^(Error|Fout): /);
    }
  }
}
