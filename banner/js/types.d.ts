// Types that more than one module needs, and what browsers have that TypeScript does not know yet.

import type { CookieConsent } from "../cookie-consent";

/** The page's script as its own parts see it: with what visitors saw, and where the server is. */
export interface PageConsent extends Omit<CookieConsent, "show"> {
  show(link?: HTMLAnchorElement): void;
  accept(form?: HTMLFormElement): void;
  reject(form?: HTMLFormElement): void;
  save(names: string[], form?: HTMLFormElement): void;
  add(names: string[], form?: HTMLFormElement): void;
  /** Where the server's other addresses lie, for a module, which has no `currentScript`. */
  here?: string;
  /** Brings the first layer in the language of the page. */
  bring?(): Promise<void>;
}

declare global {
  interface Navigator {
    /** https://www.w3.org/TR/gpc/ */
    globalPrivacyControl?: boolean;
  }
  interface Document {
    /** https://wicg.github.io/nav-speculation/prerendering.html */
    prerendering?: boolean;
    onprerenderingchange: () => void;
  }
  /** Selectors find what the server's markup has there. */
  interface ParentNode {
    querySelector(selectors: string): any;
    querySelectorAll(selectors: string): NodeListOf<any>;
  }
  interface Window {
    /** Whether a placeholder's script is on the page already. */
    fccEmbed?: boolean;
    fccMeasure: (options?: { focus?: boolean }) => import("./tools/measure").Measured;
  }
}
