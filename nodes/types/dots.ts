/**
 * Dots: the identity of updates, replica and number, where a type keeps those that made an element what it is. A flat
 * list `replica, number, replica, number, …` that is never changed in place, so that states and effects may share it.
 */
import type { UpdateMeta } from "../sdk/op-based-type.ts";
import { byCodePoint } from "./json-value.ts";

export type Dots = readonly (string | number)[];

export const NO_DOTS: Dots = [];

export function withDot(dots: Dots, { origin, number }: UpdateMeta): Dots {
	return [...dots, origin, number];
}

export function without(dots: Dots, superseded: Dots): Dots {
	if (superseded.length === 0) return dots;
	if (dots === superseded) return NO_DOTS;
	return filterDots(dots, (origin, number) => !includes(superseded, origin, number));
}

export function filterDots(dots: Dots, keep: (origin: string, number: number) => boolean): Dots {
	const left: (string | number)[] = [];
	for (let i = 0; i < dots.length; i += 2) {
		if (keep(dots[i] as string, dots[i + 1] as number)) left.push(dots[i] as string, dots[i + 1] as number);
	}
	return left;
}

export function includes(dots: Dots, origin: string, number: number): boolean {
	for (let i = 0; i < dots.length; i += 2) if (dots[i] === origin && dots[i + 1] === number) return true;
	return false;
}

/** Sorted, since dots stand in the order in which they came, which means nothing. */
export function dotNames(dots: Dots): string[] {
	const names: string[] = [];
	for (let i = 0; i < dots.length; i += 2) names.push(`${dots[i]}:${dots[i + 1]}`);
	return names.length > 1 ? names.sort(byCodePoint) : names;
}
