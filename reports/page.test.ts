import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirement } from "../test/requirements.ts";
import { BROWSER_ARGUMENTS } from "./testing/browser-arguments.ts";
import { type FixtureOptions, writeFixtureRun } from "./testing/fixture-run.ts";
import { HOSTILE_TEXTS } from "./testing/results.ts";
import { writeIndex } from "./write-index.ts";
import { writeReport } from "./write-report.ts";

const browserProgram = requirement("chromium");
const SECTIONS = ["evidence", "timeline", "convergence", "state", "operations", "properties", "record"];

describe.skipIf(!browserProgram.met)(`the page in a browser${browserProgram.note}`, () => {
	let browser: Browser;
	let root: string;
	const paths: Record<string, string> = {};

	beforeAll(async () => {
		root = await mkdtemp(join(tmpdir(), "pakka-page-"));
		const make = async (name: string, options: Omit<FixtureOptions, "folder">): Promise<void> => {
			paths[name] = await writeReport(await writeFixtureRun({ folder: join(root, name), ...options }));
		};
		await make("fail", { events: 2_000, seed: 7, verdict: "fail" });
		await make("pass", { events: 600, seed: 3, verdict: "pass" });
		await make("cut", { events: 600, seed: 3, verdict: "pass", cutOff: true });
		await make("hostile", { events: 2_000, seed: 7, verdict: "fail", hostile: HOSTILE_TEXTS });
		paths["index"] = await writeIndex(root);
		browser = await chromium.launch({ executablePath: browserProgram.path, args: BROWSER_ARGUMENTS });
	}, 60_000);

	afterAll(async () => {
		await browser?.close();
		await rm(root, { recursive: true, force: true });
	});

	interface Opened extends AsyncDisposable {
		page: Page;
		/** Console errors (policy violations are among them), uncaught errors, requests beyond the file itself. */
		complaints: string[];
	}

	async function open(name: string, colorScheme: "light" | "dark" = "light"): Promise<Opened> {
		const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 900 } });
		const page = await context.newPage();
		const complaints: string[] = [];
		page.on("console", (message) => {
			if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
		});
		page.on("pageerror", (error) => complaints.push(String(error)));
		page.on("dialog", (dialog) => {
			complaints.push(`dialog: ${dialog.message()}`);
			void dialog.dismiss();
		});
		const address = pathToFileURL(paths[name] as string).href;
		page.on("request", (request) => {
			if (request.url() !== address) complaints.push(`request: ${request.url()}`);
		});
		await page.goto(address);
		if (name !== "index") await page.waitForSelector("html[data-drawn]", { timeout: 10_000 });
		return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
	}

	it.each(["fail", "pass", "cut", "hostile"])(
		"opens a run (%s) with every section and no complaint",
		async (name) => {
			await using opened = await open(name);
			for (const id of SECTIONS) await opened.page.waitForSelector(`#${id}`);
			const verdict = { fail: "FAIL", pass: "PASS", cut: "UNKNOWN", hostile: "FAIL" }[name] as string;
			expect(await opened.page.locator(".verdict").textContent()).toContain(verdict);
			expect(opened.complaints).toEqual([]);
		},
	);

	it("says in one sentence who differed, and shows the differing element", async () => {
		await using opened = await open("fail");
		const sentence = await opened.page.locator(".verdict-sentence").textContent();
		expect(sentence).toMatch(
			/^r\d and r\d had both delivered the same \d+ updates at .* and showed different carts/,
		);
		expect(await opened.page.locator("#evidence .conflict").count()).toBe(1);
		expect(await opened.page.locator("#evidence .diff .line.only-left").count()).toBeGreaterThan(0);
	});

	it("says why, and in which order each replica applied the updates that matter", async () => {
		await using opened = await open("fail");
		const block = opened.page.locator("#evidence .explanation");
		expect(await block.locator(".explanation-sentence").textContent()).toMatch(
			/^r\d applied the remove of .* before the add that it removes\.$/,
		);
		expect(await block.locator("tbody tr").count()).toBe(3);
		expect(await block.locator("tbody tr").first().locator("li code").first().textContent()).toMatch(
			/^r\d:\d+$/,
		);
		expect(await block.locator("tbody tr").last().textContent()).toMatch(/none of them|not applied/);
	});

	it("leaves hostile text inert", async () => {
		await using opened = await open("hostile");
		const { page } = opened;
		expect(await page.locator("#page img, #page script, #page iframe, [onload], [onerror]").count()).toBe(0);
		expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
		expect(await page.locator("script").count()).toBe(2);
		await page.locator("#operation-search").fill("onerror");
		expect(await page.locator(".operations tbody tr").count()).toBeGreaterThan(0);
		expect(await page.locator(".operations tbody").textContent()).toContain("<img src=x onerror=alert(1)>");
		expect(opened.complaints).toEqual([]);
	});

	it("refuses a script that was not built into it", async () => {
		await using opened = await open("pass");
		await opened.page.evaluate(
			"const s = document.createElement('script'); s.textContent = 'window.ran = true'; document.body.append(s)",
		);
		expect(await opened.page.evaluate("window.ran === undefined")).toBe(true);
		expect(opened.complaints.join()).toContain("Content Security Policy");
	});

	it("zooms, moves and steps by keys", async () => {
		await using opened = await open("fail");
		const { page } = opened;
		const status = (): Promise<string | null> => page.locator(".timeline .status").textContent();
		const whole = await status();
		await page.locator(".timeline-canvas").focus();
		await page.keyboard.press("+");
		await expect.poll(status).not.toBe(whole);
		const zoomed = await status();
		await page.keyboard.press("ArrowRight");
		await expect.poll(status).not.toBe(zoomed);
		await page.keyboard.press("0");
		await expect.poll(status).toBe(whole);
		await page.keyboard.press(",");
		await page.waitForSelector(".pinned strong");
		expect(await page.locator(".pinned").textContent()).toMatch(/may have influenced it/);
		await page.keyboard.press("Escape");
		await page.waitForSelector(".pinned strong", { state: "detached" });
	});

	it("zooms by the wheel and keeps the place in the address", async () => {
		await using opened = await open("fail");
		const { page } = opened;
		await page.locator(".timeline-canvas").focus();
		await page.locator(".timeline-canvas").hover();
		await page.mouse.wheel(0, -300);
		// Not waitForFunction: it evaluates text, which the page's policy forbids.
		await expect.poll(() => page.url()).toMatch(/#.*from=[1-9]/);
		expect(opened.complaints).toEqual([]);
	});

	it.each([
		["fail", "light"],
		["fail", "dark"],
		["pass", "dark"],
		["cut", "light"],
		["index", "light"],
		["index", "dark"],
	] as const)(
		"has no accessibility violation (%s, %s)",
		async (name, scheme) => {
			await using opened = await open(name, scheme);
			const { violations } = await new AxeBuilder({ page: opened.page }).analyze();
			const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
			expect(found).toEqual([]);
		},
		60_000,
	);

	it("lists runs with links to their pages", async () => {
		await using opened = await open("index");
		expect(await opened.page.locator("tbody tr").count()).toBe(4);
		await opened.page.locator("tbody a").first().click();
		await opened.page.waitForSelector("html[data-drawn]");
		expect(opened.complaints.filter((complaint) => !complaint.startsWith("request:"))).toEqual([]);
	});
});
