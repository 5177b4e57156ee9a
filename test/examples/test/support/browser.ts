/** A browser without a screen: it keeps cookies, and sends whatever it is told to. */
export class Browser {
  readonly url: string;
  readonly cookies = new Map<string, string>();
  /** The last `Set-Cookie` line of each cookie. */
  readonly lines = new Map<string, string>();

  constructor(url: string, cookies: Iterable<[string, string]> = []) {
    this.url = url;
    this.cookies = new Map(cookies);
  }

  async send(method: string, path: string, body?: string, type?: string) {
    // A server may close a connection whose request it did not read to the end.
    const headers = new Headers({ connection: 'close' });
    if (this.cookies.size > 0) {
      headers.set('cookie', [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    }
    if (type) headers.set('content-type', type);
    const response = await fetch(this.url + path, { method, headers, ...(body !== undefined && { body }) });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.cookies.set(name, value);
      this.lines.set(name, line);
    }
    const text = await response.text();
    return { status: response.status, ...(text.startsWith('{') ? JSON.parse(text) : {}) };
  }

  get = (path: string) => this.send('GET', path);

  post(path: string, body?: unknown) {
    if (body === undefined) return this.send('POST', path);
    return this.send('POST', path, JSON.stringify(body), 'application/json');
  }

  isLoggedIn = async (): Promise<boolean> => (await this.get('/me')).status === 200;

  /** What a thief has who copied the cookies. */
  copy = () => new Browser(this.url, this.cookies);

  /** The cookie that is the session, whatever the framework calls it. */
  get session(): string {
    const name = [...this.cookies.keys()].find((key) => !key.startsWith('device_'));
    return name ? `${name}=${this.cookies.get(name)}` : '';
  }
}
