/** The binary with people, phones and a folder of its own, for tests that need the whole centre. */

import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

/** The binary under test. */
export const CORDBOARD = process.env["CORDBOARD"] ?? fileURLToPath(new URL("../../target/debug/cordboard", import.meta.url));
/** Everybody's password. */
export const PASSWORD = "a demo password";
/** Longer than a start on a busy machine takes. */
const START_MS = 30_000;

const CONFIG = `
[http]
bind = "127.0.0.1:0"
[engine]
bind = "127.0.0.1:0"
[[sip.listeners]]
transport = "udp"
bind = "127.0.0.1:0"
open = true
[[queues]]
name = "support"
numbers = ["100"]
wrap_up_s = 60
`;

/** A port that nothing listens on at the moment. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.once("error", reject);
    socket.bind(0, "127.0.0.1", () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

/** The binary with one agent, anna, whose phone answers at once. */
export class WholeCentre {
  private readonly programs: ChildProcess[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), "cordboard-page-"));
  /** Addresses as the binary tells them. */
  addresses = { http: "", sip_udp: "" };

  async start(): Promise<void> {
    const phone = await freePort();
    const files = ["--data", join(this.folder, "data"), "--config", join(this.folder, "cordboard.toml")];
    writeFileSync(join(this.folder, "cordboard.toml"), CONFIG);
    const added = spawnSync(
      CORDBOARD,
      ["user", "add", "anna", "--role", "agent", "--contact", `sip:anna@127.0.0.1:${phone}`, "--password-stdin", ...files],
      { input: PASSWORD, encoding: "utf8" },
    );
    assert.equal(added.status, 0, added.stderr);
    const supervisor = spawnSync(CORDBOARD, ["user", "add", "olga", "--role", "supervisor", "--password-stdin", ...files], {
      input: PASSWORD,
      encoding: "utf8",
    });
    assert.equal(supervisor.status, 0, supervisor.stderr);
    this.run("sipp", ["-sn", "uas", "-i", "127.0.0.1", "-p", String(phone), "-nostdin"]);
    this.run(CORDBOARD, ["run", ...files]);
    const told = join(this.folder, "data", "run.json");
    for (const until = Date.now() + START_MS; !existsSync(told); ) {
      assert.ok(Date.now() < until, "the centre did not start");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    this.addresses = JSON.parse(readFileSync(told, "utf8"));
  }

  /** A caller who hangs up after `talk_ms` in all. */
  call(talk_ms: number): void {
    const to = ["-s", "100", "-d", String(talk_ms), "-m", "1", "-i", "127.0.0.1", "-nostdin"];
    this.run("sipp", ["-sn", "uac", ...to, this.addresses.sip_udp]);
  }

  private run(program: string, options: string[]): void {
    this.programs.push(spawn(program, options, { cwd: this.folder, stdio: "ignore" }));
  }

  /** Stops everything that was started. */
  async stop(): Promise<void> {
    const ended = this.programs.map((program) => new Promise((resolve) => {
      if (program.exitCode !== null) resolve(null);
      program.once("exit", resolve);
      program.kill("SIGKILL");
    }));
    await Promise.all(ended);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Opens the page of `user`, signed in. */
export async function signedIn(page: Page, centre: WholeCentre, user: string): Promise<void> {
  await page.goto(`http://${centre.addresses.http}/`);
  await page.fill("#user", user);
  await page.fill("#password", PASSWORD);
  await page.click("button[type=submit]");
}

/** Waits until the call area shows `name`. */
export async function stage(page: Page, name: string): Promise<void> {
  await page.locator(`.call[data-stage="${name}"]`).waitFor();
}
