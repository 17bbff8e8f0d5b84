/** What is shown to the mail server. */
export type Login =
  | { readonly kind: 'none' }
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'token'; readonly username: string; readonly accessToken: string };

/** There is no login now. `why` is masked, and `afterMs` says how long it is pointless to ask again. */
export interface NoLogin {
  readonly kind: 'unavailable';
  readonly why: string;
  readonly afterMs?: number;
}

/** Where the login comes from. It is asked before each mail, so a new one is used from the next mail on. */
export interface LoginSource {
  /** Never rejects. */
  obtain(): Promise<Login | NoLogin>;
  /** The mail server refused this login for good. True where it is worth obtaining another one at once. */
  refused(login: Login): boolean;
}

/** User name and password as they are at the moment; no user name: no login. */
export function passwordLogin(current: () => { username: string; password: string }): LoginSource {
  return {
    obtain: () => {
      const { username, password } = current();
      return Promise.resolve(username === '' ? { kind: 'none' } : { kind: 'password', username, password });
    },
    refused: () => false,
  };
}
