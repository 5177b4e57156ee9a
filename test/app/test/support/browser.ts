// A person in front of headless Chromium, with a phone in hand.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import jsQR from 'jsqr';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { expect, inject } from 'vitest';
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
  readonly #sites = new Map<Site, { met: number }>();

  async open(): Promise<void> {
    this.#browser = await launch();
  }

  get browser(): Browser {
    if (!this.#browser) throw new Error('The browser has not been started.');
    return this.#browser;
  }

  /** A new site with an administrator and so many users. */
  async site(users: number, policies = ''): Promise<Site> {
    const site = new Site({ policies });
    this.#sites.set(site, { met: 0 });
    await site.withStore(async (store) => {
      await addPerson(store, 'admin@example.com', { admin: true, twoFactor: false });
      for (let i = 1; i <= users; i++) await addPerson(store, `person${i}@example.com`, { twoFactor: false });
    });
    return site.start();
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
  locale?: string;
}

export class Person {
  key = '';
  codes: string[] = [];
  readonly site: Site;
  readonly email: string;
  readonly context: BrowserContext;
  readonly page: Page;

  private constructor(site: Site, email: string, context: BrowserContext, page: Page) {
    this.site = site;
    this.email = email;
    this.context = context;
    this.page = page;
  }

  static async at(
    site: Site,
    email: string,
    browser: Browser,
    options: ContextOptions = {},
  ): Promise<Person> {
    const context = await browser.newContext({ baseURL: site.url, locale: 'en-GB', ...options });
    context.setDefaultTimeout(30_000);
    return new Person(site, email, context, await context.newPage());
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
    await this.page.getByLabel('E-mail address').fill(this.email);
    await this.page.getByLabel('Password').fill(password);
    await this.press('Log in');
  }

  async giveCode(code: string): Promise<void> {
    await this.page.getByLabel('Code from your app').fill(code);
    await this.press('Log in');
  }

  async giveBackupCode(code: string): Promise<void> {
    await this.page.getByRole('link', { name: 'Use a backup code instead' }).click();
    await this.page.getByLabel('Backup code').fill(code);
    await this.press('Log in');
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
    await this.press('Log out');
    await this.sees('You are logged out.');
  }

  /** From the security page to the QR code, and with the phone at it. */
  async scan(): Promise<void> {
    await this.page.goto('/security');
    await this.page.getByRole('link', { name: 'Set up two-factor login' }).click();
    await this.page.getByLabel('Your password').fill(password);
    await this.press('Continue');
    await this.readQrCode();
  }

  /** What the phone's camera sees, from a picture of the page; and the text beside it must be the same key. */
  async readQrCode(): Promise<URL> {
    const qr = this.page.getByRole('img', { name: 'QR code' });
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
    await this.page.getByLabel('Code from your app').fill(code);
    await this.press('Confirm');
    return code;
  }

  async readCodes(): Promise<void> {
    this.codes = await this.page
      .getByRole('list', { name: 'Your backup codes' })
      .getByRole('listitem')
      .allInnerTexts();
    expect(this.codes).toHaveLength(10);
  }

  async activate(): Promise<void> {
    await this.page.getByLabel('I have stored my backup codes').check();
    await this.press('Switch two-factor login on');
  }

  /** All of the set-up, from being logged in. */
  async setUp(): Promise<void> {
    await this.scan();
    await this.confirm();
    await this.readCodes();
    await this.activate();
    await this.sees('Two-factor login is on.');
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
    await this.sees(`You are logged in as ${this.email}`);
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

  /** A picture for a desktop and one for a phone, and what holds for every page. */
  async picture(name: string): Promise<void> {
    const { page } = this;
    for (const [screen, width, height] of [
      ['desktop', 1280, 800],
      ['phone', 390, 844],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: join(shots, `${name}-${screen}.png`), fullPage: true });
      const wide = await page.locator('html').evaluate((html) => html.scrollWidth);
      expect(wide, `${name}: nothing sticks out on a ${screen}`).toBeLessThanOrEqual(width);
    }
    await page.setViewportSize({ width: 1280, height: 800 });

    expect(await page.getByRole('heading', { level: 1 }).count(), `${name}: one main heading`).toBe(1);
    expect(await page.locator('html').getAttribute('lang')).toMatch(/^(en|nl)$/);
    for (const input of await page.locator('input:not([type=hidden])').all()) {
      const { labelled, described } = await input.evaluate((element: HTMLInputElement) => ({
        labelled: element.labels?.length,
        described: (element.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean),
      }));
      expect(labelled, `${name}: each field has a label`).toBe(1);
      for (const id of described) expect(await page.locator(`#${id}`).count(), `${name}: ${id}`).toBe(1);
    }
    for (const alert of await page.getByRole('alert').all()) {
      const id = await alert.getAttribute('id');
      expect(await page.locator(`input[aria-invalid=true][aria-describedby~="${id}"]`).count()).toBe(1);
      expect(await page.title()).toMatch(/^(Error|Fout): /);
    }
  }
}
