/** What of the docker runtime needs no engine. */
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeTestFolder } from "../../testing/scenarios.ts";
import { demultiplex } from "./attach-output.ts";
import { containerOptions, NO_LIMITS } from "./container-options.ts";
import { engineAddress, engineHost, isLocalEngine } from "./engine-address.ts";
import { faketimeText } from "./faketime.ts";
import { isOwnerDead, labelsOf, OWNER_LABEL } from "./labels.ts";
import { collectModule } from "./module-code.ts";

describe("the engine's address", () => {
	it("is DOCKER_HOST's, with TLS where it is asked for", () => {
		const env = { DOCKER_HOST: "tcp://ci:2376", DOCKER_CERT_PATH: "/certs" };
		expect(engineAddress(env)).toEqual({ url: "tcp://ci:2376", certificates: "/certs" });
		expect(engineAddress({ DOCKER_HOST: "ci:2375" })).toEqual({ url: "tcp://ci:2375", certificates: null });
		expect(engineHost({ url: "tcp://ci:2375" })).toBe("ci");
	});

	it("is the current context's where there is one", async () => {
		await using folder = await makeTestFolder();
		const id = createHash("sha256").update("desktop").digest("hex");
		await mkdir(join(folder.path, "contexts/meta", id), { recursive: true });
		await writeFile(
			join(folder.path, "contexts/meta", id, "meta.json"),
			'{"Endpoints":{"docker":{"Host":"unix:///desktop.sock"}}}',
		);
		await writeFile(join(folder.path, "config.json"), '{"currentContext":"desktop"}');
		expect(engineAddress({ DOCKER_CONFIG: folder.path }).url).toBe("unix:///desktop.sock");
		await writeFile(join(folder.path, "config.json"), '{"currentContext":"default"}');
		expect(engineAddress({ DOCKER_CONFIG: folder.path }).url).toMatch(/^(unix|npipe):/);
	});

	it.each([
		["unix:///var/run/docker.sock", true],
		["tcp://127.0.0.1:2375", true],
		["tcp://ci:2375", false],
	])("of %s: published ports are on this machine: %s", (url, isLocal) => {
		expect(isLocalEngine({ url, certificates: null })).toBe(isLocal);
	});
});

describe("a container's output", () => {
	it.each([1, 3, 8, 9, 1000])("is put together from frames in chunks of %i bytes", (size) => {
		const frame = (text: string) => {
			const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
			header.writeUInt32BE(text.length, 4);
			return Buffer.concat([header, Buffer.from(text)]);
		};
		const stream = Buffer.concat([frame("one\n"), frame(""), frame("two and more\n")]);
		let seen = "";
		const take = demultiplex((payload) => {
			seen += payload.toString();
		});
		for (let at = 0; at < stream.length; at += size) take(stream.subarray(at, at + size));
		expect(seen).toBe("one\ntwo and more\n");
	});
});

describe("a container", () => {
	it("gets no capability, no writable root, no root user, bounds, and a port on the loopback interface only", () => {
		const { HostConfig, User } = containerOptions({
			name: "x",
			image: "x",
			imageUser: "root",
			environment: {},
			labels: {},
			network: "n",
			volumes: [],
			publishedPort: 7001,
			publishedOn: "127.0.0.1",
			limits: NO_LIMITS,
		});
		expect(User).toBe("65534:65534");
		expect(HostConfig).toMatchObject({
			CapDrop: ["ALL"],
			SecurityOpt: ["no-new-privileges"],
			ReadonlyRootfs: true,
			PortBindings: { "7001/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] },
		});
		expect(HostConfig?.PidsLimit).toBeGreaterThan(0);
		expect(HostConfig?.Memory).toBeGreaterThan(0);
		expect(HostConfig?.Binds).toBeUndefined();
	});
});

describe("an owner", () => {
	const owner = labelsOf("run")[OWNER_LABEL] ?? "";

	it("that is this process is alive, one with another start time is dead", () => {
		expect(isOwnerDead(owner)).toBe(false);
		expect(isOwnerDead(`${owner}0`)).toBe(true);
	});

	it("of another machine is taken to be alive, and so is what can't be read", () => {
		expect(isOwnerDead(owner.replace(/^[^/]+/, "elsewhere"))).toBe(false);
		expect(isOwnerDead("")).toBe(false);
	});
});

describe("a module's code", () => {
	it("is the file, what it imports by relative paths, and the names of packages", async () => {
		await using folder = await makeTestFolder();
		await mkdir(join(folder.path, "lib"));
		await writeFile(
			join(folder.path, "replica.ts"),
			`import { opBased } from "pakka/node";\nimport type { Never } from "types-only";\n` +
				`import { merge } from "./lib/merge.js";\nimport fs from "node:fs";\nimport * as Y from "yjs";\n` +
				`const later = await import("@scope/name/deep");\n`,
		);
		await writeFile(join(folder.path, "lib/merge.ts"), `export * from "./table";\n`);
		await writeFile(join(folder.path, "lib/table.ts"), "export const merge = 1;\n");
		const code = await collectModule(join(folder.path, "replica.ts"));
		expect([...code.files.keys()].toSorted()).toEqual(["lib/merge.ts", "lib/table.ts", "replica.ts"]);
		expect(code.entry).toBe("replica.ts");
		expect(code.packages).toEqual(["@scope/name", "yjs"]);
	});

	it("is refused where an import leads nowhere", async () => {
		await using folder = await makeTestFolder();
		await writeFile(join(folder.path, "replica.ts"), `import "./gone.ts";\n`);
		await expect(collectModule(join(folder.path, "replica.ts"))).rejects.toThrow(
			/"\.\/gone\.ts".*no such file/,
		);
	});
});

describe("a skew for libfaketime", () => {
	it.each([
		[{ offsetMs: -300_000, drift: 0 }, "-300\n"],
		[{ offsetMs: 1_500, drift: 0 }, "+1.5\n"],
		[{ offsetMs: 0, drift: 0 }, "+0\n"],
		[{ offsetMs: -1_000, drift: 0.5 }, "-1 x1.5\n"],
	])("of %j is %j", (skew, text) => {
		expect(faketimeText(skew)).toBe(text);
	});
});
