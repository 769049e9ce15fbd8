/**
 * Plain data as short text: equal texts for equal data, whatever order the keys of its objects, Maps and Sets came in; arrays
 * keep theirs. Hash-consed: every distinct object within becomes a number, so that what many states share is kept once. For
 * keys of the exhaustive search, which makes many.
 */

export interface StableText {
	/** @throws TypeError for functions, symbols and class instances: nothing is known of what they hold */
	of(value: unknown): string;
}

export function createStableText(): StableText {
	const names = new Map<string, string>();

	function of(value: unknown): string {
		switch (typeof value) {
			case "string":
				return JSON.stringify(value);
			case "number":
				return Object.is(value, -0) ? "-0" : String(value);
			case "boolean":
				return value ? "true" : "false";
			case "undefined":
				return "undefined";
			case "bigint":
				return `${value}n`;
			case "object":
				return value === null ? "null" : nameOf(ofObject(value));
			default:
				throw new TypeError(`a ${typeof value} is no plain data`);
		}
	}

	function nameOf(text: string): string {
		let name = names.get(text);
		if (name === undefined) {
			name = `#${names.size}`;
			names.set(text, name);
		}
		return name;
	}

	function ofObject(value: object): string {
		if (Array.isArray(value)) {
			let text = "[";
			for (const item of value as unknown[]) text += `${of(item)},`;
			return `${text}]`;
		}
		if (value instanceof Uint8Array) return `bytes(${Buffer.from(value).toString("base64")})`;
		if (value instanceof Date) return `date(${value.getTime()})`;
		if (value instanceof Map) {
			const entries = Array.from(value, ([key, item]) => `${of(key)}:${of(item)}`);
			return `map(${entries.sort().join()})`;
		}
		if (value instanceof Set) return `set(${Array.from(value, of).sort().join()})`;
		const prototype: unknown = Object.getPrototypeOf(value);
		if (prototype !== null && prototype !== Object.prototype) {
			throw new TypeError(`an instance of ${value.constructor.name} is no plain data`);
		}
		const record = value as Record<string, unknown>;
		let text = "{";
		for (const key of Object.keys(record).sort()) text += `${JSON.stringify(key)}:${of(record[key])},`;
		return `${text}}`;
	}

	return { of };
}
