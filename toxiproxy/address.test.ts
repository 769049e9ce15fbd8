import { describe, expect, it } from "vitest";
import { formatAddress, parseAddress, resolveAddress } from "./address.ts";

describe("parseAddress", () => {
	it.each([
		["", { host: "", port: 0 }],
		[":80", { host: "", port: 80 }],
		["localhost:", { host: "localhost", port: 0 }],
		["1.2.3.4:65535", { host: "1.2.3.4", port: 65_535 }],
		["[::1]:8080", { host: "::1", port: 8080 }],
	])("reads %j", (text, address) => {
		expect(parseAddress(text)).toEqual(address);
	});

	it.each([
		["garbage", "address garbage: missing port in address"],
		["1.2.3.4:99999", "address 99999: invalid port"],
		["1.2.3.4:-1", "address -1: invalid port"],
		["1.2.3.4:http!", "lookup tcp/http!: unknown port"],
		["::1:80", "address ::1:80: too many colons in address"],
		["[::1]", "address [::1]: missing port in address"],
		["[::1:80", "address [::1:80: missing ']' in address"],
		["[::1]80", "address [::1]80: missing port in address"],
	])("refuses %j in the real server's words", (text, message) => {
		expect(() => parseAddress(text)).toThrow(message);
	});
});

describe("resolveAddress", () => {
	it("prefers IPv4, and leaves IP addresses and the empty host alone", async () => {
		expect(formatAddress(await resolveAddress(parseAddress("localhost:5")))).toBe("127.0.0.1:5");
		expect(formatAddress(await resolveAddress(parseAddress("[::1]:5")))).toBe("[::1]:5");
		expect(formatAddress(await resolveAddress(parseAddress(":5")))).toBe(":5");
	});

	it("names a host that nobody knows", async () => {
		await expect(resolveAddress(parseAddress("no.such.host.invalid:5"))).rejects.toThrow(
			"lookup no.such.host.invalid: ",
		);
	});
});
