import { expect, it } from "vitest";
import { peerLibrary } from "./peer-library.ts";

it("says what to install when the library is missing", async () => {
	const missing: string = "@pakka-test/not-installed";
	const peer = peerLibrary("@pakka-test/not-installed", "1.2", () => import(missing) as Promise<object>);
	await expect(peer.load()).rejects.toThrow("npm install @pakka-test/not-installed@1.2");
	expect(() => peer.get()).toThrow("is not loaded yet");
});

it("doesn't take a library that is there but broken for a missing one", async () => {
	const broken = peerLibrary("broken", "1", () => Promise.reject(new Error("out of order")));
	await expect(broken.load()).rejects.toThrow("broken could not be loaded: out of order");
});

it("imports once", async () => {
	let imports = 0;
	const peer = peerLibrary("counted", "1", () => Promise.resolve({ number: ++imports }));
	await peer.load();
	await peer.load();
	expect(peer.get()).toEqual({ number: 1 });
});
