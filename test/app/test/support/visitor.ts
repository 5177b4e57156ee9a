// A browser without a screen, for requests that no page would send.

export class Visitor {
  readonly cookies = new Map<string, string>();
  /** The hidden field of the last page seen: the set of backup codes to be replaced. */
  set = '';

  readonly url: string;
  readonly send: (url: string, init: RequestInit) => Response | Promise<Response>;

  /** `send`: to a site in this process. */
  constructor(url: string, send: Visitor['send'] = fetch) {
    this.url = url;
    this.send = send;
  }

  async request(
    method: string,
    path: string,
    form?: Record<string, string>,
    headers: Record<string, string> = {},
  ) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await this.send(this.url + path, {
      method,
      redirect: 'manual',
      headers: { cookie, origin: this.url, ...headers },
      ...(form && { body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name) this.cookies.set(name, value ?? '');
    }
    const html = await response.text();
    this.set = /name="set" value="([^"]+)"/.exec(html)?.[1] ?? this.set;
    return {
      status: response.status,
      location: response.headers.get('location'),
      html,
      headers: response.headers,
    };
  }

  get = (path: string) => this.request('GET', path);

  post = (path: string, form: Record<string, string> = {}) =>
    this.request('POST', path, { set: this.set, ...form });

  /** The log-in form, from a fresh page. */
  async logIn(email: string, password: string) {
    await this.get('/login');
    return this.post('/login', { email, password });
  }

  /** One more form from a fresh page. */
  async submit(path: string, form: Record<string, string>) {
    await this.get(path);
    return this.post(path, form);
  }

  /** The name of the notice that the next page is to show. */
  get notice(): string {
    return this.cookies.get('notice') ?? '';
  }

  get session(): string {
    return this.cookies.get('session') ?? '';
  }

  /** The same cookies at another server, or for later. */
  copy(url = this.url): Visitor {
    const copy = new Visitor(url, this.send);
    for (const [name, value] of this.cookies) copy.cookies.set(name, value);
    copy.set = this.set;
    return copy;
  }
}
