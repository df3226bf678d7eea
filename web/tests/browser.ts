/** A browser and a mock backend for a test: opened, signed in, and put into a state. */

import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { MockCentre } from "../mock/centre.ts";
import { MockServer } from "../mock/server.ts";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
/** Without the background switches a browser in a closed network spends its time on refused connections. */
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--autoplay-policy=user-gesture-required",
];
/** Much longer than anything the page does, so that only a defect reaches it. */
const TIMEOUT_MS = 15_000;
/** Where the built page lies. */
export const DIST = fileURLToPath(new URL("../dist", import.meta.url));

/** Starts Chromium. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/** How a desk is opened. */
export interface DeskOptions {
  language?: "en" | "ru";
  width?: number;
  height?: number;
  dark?: boolean;
  skewMs?: number;
}

/** One mock backend with one page on it, and everything the page complained about. */
export class TestDesk {
  /** Console errors, thrown errors and policy violations. */
  readonly complaints: string[] = [];

  private constructor(
    readonly centre: MockCentre,
    readonly server: MockServer,
    readonly context: BrowserContext,
    readonly page: Page,
    readonly address: string,
  ) {}

  /** Opens the page, not signed in. */
  static async open(browser: Browser, options: DeskOptions = {}): Promise<TestDesk> {
    const centre = new MockCentre(options.skewMs ?? 0);
    const server = new MockServer(centre, DIST);
    const address = await server.listen();
    const context = await browser.newContext({
      viewport: { width: options.width ?? 1280, height: options.height ?? 860 },
      locale: options.language === "ru" ? "ru-RU" : "en-GB",
      colorScheme: options.dark === true ? "dark" : "light",
      reducedMotion: "reduce",
    });
    context.setDefaultTimeout(TIMEOUT_MS);
    const page = await context.newPage();
    const desk = new TestDesk(centre, server, context, page, address);
    await desk.watch(page);
    await page.goto(address);
    await page.locator("#user").waitFor();
    return desk;
  }

  /** Opens the page and signs in; the desk is live when this returns. */
  static async signedIn(browser: Browser, options: DeskOptions = {}): Promise<TestDesk> {
    const desk = await TestDesk.open(browser, options);
    await desk.signIn();
    return desk;
  }

  /** Opens the supervisors' page and signs in. */
  static async supervising(browser: Browser, options: DeskOptions = {}): Promise<TestDesk> {
    const desk = await TestDesk.open(browser, options);
    desk.server.role = "supervisor";
    await desk.page.fill("#user", "anna");
    await desk.page.fill("#password", desk.server.password);
    await desk.page.click("button[type=submit]");
    await desk.page.locator("[data-agent]").first().waitFor();
    return desk;
  }

  /** Notes everything `page` complains about. */
  async watch(page: Page): Promise<void> {
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
    // What tsx wraps named functions with; functions sent into the page need it too.
    await page.addInitScript("globalThis.__name = (named) => named");
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
  }

  /** Fills in the form and waits for the desk. */
  async signIn(page: Page = this.page): Promise<void> {
    await page.fill("#user", "anna");
    await page.fill("#password", this.server.password);
    await page.click("button[type=submit]");
    await page.locator("#ready:enabled").waitFor();
  }

  /** Waits until the call area shows `stage`. */
  async stage(stage: string, page: Page = this.page): Promise<void> {
    await page.locator(`.call[data-stage="${stage}"]`).waitFor();
  }

  /** Closes everything. */
  async close(): Promise<void> {
    await this.context.close();
    await this.server.close();
  }
}
