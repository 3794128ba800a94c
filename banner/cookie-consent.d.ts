/** What the banner offers to the page's own scripts, as `window.cookieConsent`. */
export interface CookieConsent {
  /** Whether a service or a category is allowed; `false` for a name the policy does not know. */
  allows(serviceOrCategory: string): boolean;
  /** Whether the visitor has made a choice that is still in force. */
  readonly given: boolean;
  /**
   * What was released on this page and is not allowed any more: the names that each waited for, as its
   * `data-consent` says them. It runs on until the page is loaded again.
   */
  readonly stale: string[];
  /** Opens the preferences. */
  show(): void;
  /** Allows everything, as "Accept all" in the preferences does. */
  accept(): void;
  /** Refuses everything, and objects to what runs without consent. */
  reject(): void;
  /** Allows exactly these services (or categories); refuses every other. */
  save(names: string[]): void;
  /** Allows these besides what is allowed already; what has no answer keeps none. */
  add(names: string[]): void;
}

declare global {
  interface Window {
    cookieConsent: CookieConsent;
  }
  interface WindowEventMap {
    /**
     * Fired at the window whenever the answers in force become known or change: before anything
     * is released, and when another tab or the back button brought a newer choice.
     */
    "consent:change": CustomEvent<CookieConsent>;
  }
}
