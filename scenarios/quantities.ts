/**
 * Quantities with units as scenario files write them: `500ms`, `-5m`, `200/s`, `10KB/s`, and links, `r1->r2`.
 * Each kind is read and printed here; what is printed reads back as the same number. Parsers return null for
 * what is not of the kind: the schema says what was expected.
 */
import type { Link } from "./scenario.ts";

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const UNIT_BYTES = { B: 1, KB: 1000, MB: 1_000_000, GB: 1_000_000_000 } as const;
/** Below 6 MiB a container engine takes no limit of memory. */
const MIN_SIZE_BYTES = 8_000_000;
const MAX_SIZE_BYTES = 1_000 * UNIT_BYTES.GB;

/** Longer than any run that somebody waits for, and within what a timer can wait. */
const MAX_DURATION_HOURS = 24;
const MAX_DURATION_MS = MAX_DURATION_HOURS * UNIT_MS.h;

export const DURATION_PATTERN = /^\d+(?:\.\d+)?(?:ms|s|m|h)$/;
export const OFFSET_PATTERN = /^[+-]?\d+(?:\.\d+)?(?:ms|s|m|h)$/;
export const RATE_PATTERN = /^\d+(?:\.\d+)?\/s$/;
export const BANDWIDTH_PATTERN = /^\d+(?:\.\d+)?(?:B|KB|MB)\/s$/;
export const SIZE_PATTERN = /^\d+(?:\.\d+)?(?:B|KB|MB|GB)$/;
export const NAME_PATTERN = /^[A-Za-z0-9_-]+$/;
export const LINK_PATTERN = /^[A-Za-z0-9_-]+->[A-Za-z0-9_-]+$/;

/** Milliseconds of `500ms`, `1.5s`, `5m`, `1h`, at most a day, rounded to microseconds. */
export function parseDuration(text: string): number | null {
	return DURATION_PATTERN.test(text) ? durationMs(text) : null;
}

/** As a duration, with a sign: `-5m`. */
export function parseOffset(text: string): number | null {
	if (!OFFSET_PATTERN.test(text)) return null;
	const ms = durationMs(text.replace(/^[+-]/, ""));
	return ms === null ? null : text.startsWith("-") && ms !== 0 ? -ms : ms;
}

function durationMs(text: string): number | null {
	const unit = /[a-z]+$/.exec(text)?.[0] as keyof typeof UNIT_MS;
	const ms = Math.round(Number.parseFloat(text) * UNIT_MS[unit] * 1000) / 1000;
	return ms <= MAX_DURATION_MS ? ms : null;
}

/** The shortest of ms, s, m and h that is a whole number, else milliseconds with decimals. */
export function formatDuration(ms: number): string {
	const size = Math.abs(ms);
	if (size === 0 || size % UNIT_MS.s !== 0) return `${ms}ms`;
	if (size % UNIT_MS.h === 0) return `${ms / UNIT_MS.h}h`;
	return size % UNIT_MS.m === 0 ? `${ms / UNIT_MS.m}m` : `${ms / UNIT_MS.s}s`;
}

/** Per second: `200/s`, `0.5/s`. Zero is not a rate. */
export function parseRate(text: string): number | null {
	const rate = RATE_PATTERN.test(text) ? Number.parseFloat(text) : 0;
	return rate > 0 ? rate : null;
}

export function formatRate(perSecond: number): string {
	return `${perSecond}/s`;
}

/** Bytes per second of `10KB/s`; a KB is 1000 bytes, as in Toxiproxy's bandwidth toxic. At least 1. */
export function parseBandwidth(text: string): number | null {
	if (!BANDWIDTH_PATTERN.test(text)) return null;
	const unit = /[A-Z]+/.exec(text)?.[0] as keyof typeof UNIT_BYTES;
	const bytes = Math.round(Number.parseFloat(text) * UNIT_BYTES[unit]);
	return bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : null;
}

export function formatBandwidth(bytesPerSecond: number): string {
	if (bytesPerSecond % UNIT_BYTES.MB === 0) return `${bytesPerSecond / UNIT_BYTES.MB}MB/s`;
	if (bytesPerSecond % UNIT_BYTES.KB === 0) return `${bytesPerSecond / UNIT_BYTES.KB}KB/s`;
	return `${bytesPerSecond}B/s`;
}

/** Bytes of `64MB`: a MB is a million bytes. From 8MB to 1000GB. */
export function parseSize(text: string): number | null {
	if (!SIZE_PATTERN.test(text)) return null;
	const unit = /[A-Z]+/.exec(text)?.[0] as keyof typeof UNIT_BYTES;
	const bytes = Math.round(Number.parseFloat(text) * UNIT_BYTES[unit]);
	return bytes >= MIN_SIZE_BYTES && bytes <= MAX_SIZE_BYTES ? bytes : null;
}

export function formatSize(bytes: number): string {
	const unit = (["GB", "MB", "KB"] as const).find((name) => bytes % UNIT_BYTES[name] === 0) ?? "B";
	return `${bytes / UNIT_BYTES[unit]}${unit}`;
}

export function parseLink(text: string): Link | null {
	if (!LINK_PATTERN.test(text)) return null;
	const arrow = text.lastIndexOf("->");
	return { from: text.slice(0, arrow), to: text.slice(arrow + 2) };
}

export function formatLink(link: Link): string {
	return `${link.from}->${link.to}`;
}
