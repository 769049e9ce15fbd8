/** Writes proxies and toxics as the real server does: its order of keys, its escapes, its numbers. */
import type { Proxy } from "../proxy.ts";
import type { Toxic } from "../toxics/toxic.ts";

const LONGEST_FLOAT32_DIGITS = 9;
const ESCAPED_BEYOND_JSON = /[<>&\u2028\u2029]/g;

/** `<`, `>` and `&` are escaped, so that a reply is harmless even in a page. */
export function encodeString(text: string): string {
	return JSON.stringify(text).replace(
		ESCAPED_BEYOND_JSON,
		(character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);
}

/** The shortest text that reads back as the same 32-bit float. */
export function encodeFloat32(value: number): string {
	if (Object.is(value, -0)) return "-0";
	for (let digits = 1; digits < LONGEST_FLOAT32_DIGITS; digits++) {
		const rounded = Number(value.toPrecision(digits));
		if (Math.fround(rounded) === value) return String(rounded);
	}
	return String(Number(value.toPrecision(LONGEST_FLOAT32_DIGITS)));
}

export function encodeToxic(toxic: Toxic): string {
	const attributes = toxic.kind.attributes.map(({ name }) => `"${name}":${toxic.attributes.get(name) ?? 0n}`);
	return (
		`{"attributes":{${attributes.join()}},"name":${encodeString(toxic.name)},"type":"${toxic.kind.type}",` +
		`"stream":${encodeString(toxic.stream)},"toxicity":${encodeFloat32(toxic.toxicity)}}`
	);
}

export function encodeToxics(toxics: readonly Toxic[]): string {
	return `[${toxics.map(encodeToxic).join()}]`;
}

export function encodeProxy(proxy: Proxy): string {
	return (
		`{"name":${encodeString(proxy.name)},"listen":${encodeString(proxy.listen)},` +
		`"upstream":${encodeString(proxy.upstream)},"enabled":${proxy.enabled},"Logger":{},` +
		`"toxics":${encodeToxics(proxy.listToxics())}}`
	);
}

export function encodeProxiesByName(proxies: readonly Proxy[]): string {
	return `{${proxies.map((proxy) => `${encodeString(proxy.name)}:${encodeProxy(proxy)}`).join()}}`;
}

export function encodeError(message: string, status: number): string {
	return `{"error":${encodeString(message)},"status":${status}}`;
}

/** The reply to populate: with the error, when there is one, beside what was made before it. */
export function encodePopulated(
	proxies: readonly Proxy[],
	error: { message: string; status: number } | null,
): string {
	const list = proxies.length === 0 ? "null" : `[${proxies.map(encodeProxy).join()}]`;
	const problem = error === null ? "" : `${encodeError(error.message, error.status).slice(1, -1)},`;
	return `{${problem}"proxies":${list}}`;
}
