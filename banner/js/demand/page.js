// What is loaded on demand finds the page's script here, and the server.

import { SALE } from "#config";
import { HERE } from "../lib/dom.js";

/** The page's script. @type {import("../types").PageConsent} */
export const consent = window.cookieConsent;

/** Where the server's other addresses lie. A module has no `currentScript`. */
export const BASE = HERE ?? consent.here;

/** Whether the server is of another origin than the page. */
export const ELSEWHERE = new URL(BASE).origin != location.origin;

/** Whether the browser sends Global Privacy Control, and the policy heeds it. */
export const HONOURS = SALE[0] && navigator.globalPrivacyControl;
