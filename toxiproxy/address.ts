/**
 * Addresses as the real server reads and writes them: `host:port`, `[ipv6]:port`, `:port`, or nothing at all for any
 * interface and any port. The texts of the errors are the real server's, because clients match on them.
 */
import { lookup } from "node:dns/promises";
import type { AddressInfo } from "node:net";
import { isIP } from "node:net";

/** `host` is empty for all interfaces. */
export interface Address {
	host: string;
	port: number;
}

const HIGHEST_PORT = 65_535;
const LOOKUP_TIMEOUT_MS = 5_000;

/** @throws with the real server's text when `text` is not `host:port` */
export function parseAddress(text: string): Address {
	if (text === "") return { host: "", port: 0 };
	const { host, port } = splitHostPort(text);
	if (!/^[+-]?\d*$/.test(port)) throw new Error(`lookup tcp/${port}: unknown port`);
	const number = Number(port);
	if (Number.isNaN(number) || number < 0 || number > HIGHEST_PORT) {
		throw new Error(`address ${port}: invalid port`);
	}
	return { host, port: number };
}

function splitHostPort(text: string): { host: string; port: string } {
	const wrong = (why: string): Error => new Error(`address ${text}: ${why}`);
	const colon = text.lastIndexOf(":");
	if (colon < 0) throw wrong("missing port in address");
	const port = text.slice(colon + 1);
	if (text.startsWith("[")) {
		const end = text.indexOf("]");
		if (end < 0) throw wrong("missing ']' in address");
		if (end + 1 === text.length) throw wrong("missing port in address");
		if (end + 1 !== colon) {
			throw wrong(text[end + 1] === ":" ? "too many colons in address" : "missing port in address");
		}
		return { host: text.slice(1, end), port };
	}
	const host = text.slice(0, colon);
	if (host.includes(":")) throw wrong("too many colons in address");
	if (/[[\]]/.test(text)) throw wrong(`unexpected '${text.includes("[") ? "[" : "]"}' in address`);
	return { host, port };
}

/**
 * Turns a host name into an IP address, IPv4 first; an IP address and "" stay as they are.
 * @throws when the name is unknown or the resolver does not answer in time
 */
export async function resolveAddress(address: Address): Promise<Address> {
	const { host, port } = address;
	if (host === "" || isIP(withoutZone(host)) !== 0) return address;
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(
			() => reject(new Error(`lookup ${host}: no answer within ${LOOKUP_TIMEOUT_MS} ms`)),
			LOOKUP_TIMEOUT_MS,
		);
	});
	try {
		const found = await Promise.race([
			lookup(host, { all: true }).catch(() => {
				throw new Error(`lookup ${host}: no such host`);
			}),
			late,
		]);
		const best = found.find((entry) => entry.family === 4) ?? found[0];
		if (best === undefined) throw new Error(`lookup ${host}: no such host`);
		return { host: best.address, port };
	} finally {
		clearTimeout(timer);
	}
}

export function formatAddress({ host, port }: Address): string {
	return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The address that a listening server reports. */
export function formatBound(bound: AddressInfo): string {
	return formatAddress({ host: bound.address, port: bound.port });
}

export function isWildcard(host: string): boolean {
	return host === "" || host === "0.0.0.0" || host === "::";
}

function withoutZone(host: string): string {
	return host.split("%")[0] ?? host;
}
