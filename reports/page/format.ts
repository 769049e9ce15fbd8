/** Numbers and texts for people: rounded to what is meaningful, with units. */
import { shortened, visible } from "../visible.ts";

const MICROSECONDS_PER_SECOND = 1e6;

/** A moment of the run: `4.217 s`. */
export function moment(us: number, digits = 3): string {
	return `${(us / MICROSECONDS_PER_SECOND).toFixed(digits)} s`;
}

/** A length of time: `340 ms`, `1.25 s`, `2 min 5 s`. */
export function duration(us: number): string {
	if (us < 1_000) return `${Math.round(us)} µs`;
	if (us < 1e6) return `${significant(us / 1_000)} ms`;
	if (us < 120e6) return `${significant(us / 1e6)} s`;
	return `${Math.floor(us / 60e6)} min ${Math.round((us % 60e6) / 1e6)} s`;
}

export function significant(value: number): string {
	return Number(value.toPrecision(3)).toString();
}

export function count(value: number): string {
	return value.toLocaleString("en").replaceAll(",", "\u2009");
}

/** Never `100%` or `0%` unless it is. */
export function share(part: number, whole: number): string {
	if (whole === 0) return "–";
	const percent = (part / whole) * 100;
	if (part === whole || part === 0) return `${percent}%`;
	return `${Math.min(99.9, Math.max(0.1, percent)).toFixed(1)}%`;
}

export function plural(value: number, one: string, many = `${one}s`): string {
	return `${count(value)} ${value === 1 ? one : many}`;
}

/** `r1, r2 and r3`. */
export function listed(names: readonly string[]): string {
	if (names.length < 2) return names[0] ?? "";
	return `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

export function sentence(text: string): string {
	const shown = visible(text).trim();
	const ended = /[.!?…]$/.test(shown) ? shown : `${shown}.`;
	// A name as it is written (r1, c1-17) is not capitalised.
	return /^[a-z]+\d/.test(ended) ? ended : ended.charAt(0).toUpperCase() + ended.slice(1);
}

export function short(text: string, limit: number): string {
	return shortened(visible(text), limit);
}

/** Indented JSON, cut where it is long. */
export function shortJson(value: unknown, limit: number): string {
	return shortened(JSON.stringify(value, null, 2) ?? "", limit);
}
