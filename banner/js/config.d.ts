// What the server knows and puts into the script (server/flask_cookie_consent/ui/assets.py). A bundle
// takes those of these names that its modules import from "#config".

/** For every service and category that can be allowed, the run of tokens that decide. */
export declare const DECIDING: Record<string, string>;

/** The tokens of exempt services, which run until the visitor objects. */
export declare const OPT_OUT: string[];

/** Those of them that the first layer does not inform visitors about: all, unless the regime wants a notice. */
export declare const NOT_INFORMED: string[];

/** The tokens of services that Global Privacy Control refuses. */
export declare const SALE: string[];

/** What expires a consent cookie of this host alone where ours has a Domain; else empty. */
export declare const ALONE: string;

/** Whether only gated scripts with the page's nonce run: its policy has `'strict-dynamic'`. */
export declare const STRICT_DYNAMIC: boolean;

/** The style of the first layer. */
export declare const CSS: string;

/** The first layer and the link to the preferences, as a tree of [tag, attributes, ...children]. */
export declare const TREE: [string, Record<string, string>, ...any[]][];

/** The address of what is loaded on demand. */
export declare const MORE: string;

/** Whether the visitor's regime asks nobody (opt-out). */
export declare const OPT_OUT_REGIME: boolean;

/**
 * What the policy declares, as [kind, name or pattern, domains, paths, ids of its services...]; domains
 * and paths are 0 where a declaration does not state them.
 */
export declare const DECLARED: [string, string, string[] | 0, string[] | 0, ...string[]][];

declare global {
  /** The lifetime of a choice, in seconds. (`__NAME__`, `__ATTRIBUTES__` and `__FOREIGN__` stand in texts.) */
  const __LIFE__: number;
}
