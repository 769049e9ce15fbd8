/**
 * From any value that a replica shows (a view, a reply) to JSON that loses nothing: what JSON can't say is
 * wrapped in an object with one `$` key, and the user's own keys that begin with `$` get one more.
 * The checker's canonical form reads it. Class instances and functions are not values: encoding them throws.
 */
import type { Json } from "./replica.ts";

const MAXIMUM_DEPTH_LEVELS = 500;

/**
 * @throws TypeError that names the place, for functions, symbols, class instances and what is nested too deeply
 *   (or in itself)
 */
export function encodeView(value: unknown): Json {
	return encode(value, "", 0);
}

function encode(value: unknown, path: string, depth: number): Json {
	switch (typeof value) {
		case "string":
		case "boolean":
			return value;
		case "number":
			return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: numberText(value) };
		case "bigint":
			return { $bigint: value.toString() };
		case "undefined":
			return { $undefined: true };
		case "object":
			return value === null ? null : encodeObject(value, path, depth + 1);
		default:
			throw unsupported(path, `a ${typeof value}`);
	}
}

function numberText(value: number): string {
	return Object.is(value, -0) ? "-0" : String(value);
}

function encodeObject(value: object, path: string, depth: number): Json {
	if (depth > MAXIMUM_DEPTH_LEVELS) {
		throw unsupported(
			path.slice(0, 80),
			`nested more than ${MAXIMUM_DEPTH_LEVELS} levels deep, or in itself`,
		);
	}
	if (Array.isArray(value)) return Array.from(value, (item, i) => encode(item, `${path}[${i}]`, depth));
	if (value instanceof Uint8Array) return { $bytes: base64(value) };
	if (value instanceof Map) {
		const entries = Array.from(value, ([key, item]): Json => {
			return [encode(key, `${path}.key`, depth), encode(item, `${path}.value`, depth)];
		});
		return { $map: entries };
	}
	if (value instanceof Set) {
		return { $set: Array.from(value, (item) => encode(item, `${path}.item`, depth)) };
	}
	if (value instanceof Date) {
		return { $date: Number.isNaN(value.getTime()) ? "invalid" : value.toISOString() };
	}
	const prototype: unknown = Object.getPrototypeOf(value);
	if (prototype !== null && prototype !== Object.prototype) {
		throw unsupported(path, `an instance of ${value.constructor.name}`);
	}
	return encodeRecord(value as Record<string, unknown>, path, depth);
}

/** Without a prototype, so that a key `__proto__` is a key like any other. */
function encodeRecord(value: Record<string, unknown>, path: string, depth: number): Json {
	const encoded: Record<string, Json> = Object.create(null) as Record<string, Json>;
	for (const key of Object.keys(value)) {
		encoded[key.startsWith("$") ? `$${key}` : key] = encode(value[key], `${path}.${key}`, depth);
	}
	return encoded;
}

function base64(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function unsupported(path: string, found: string): TypeError {
	const place = path === "" ? "the view" : `the view at ${path}`;
	return new TypeError(
		`${place} is ${found}: expected JSON values, bigint, undefined, Uint8Array, Map, Set or Date. Return plain data from view().`,
	);
}
