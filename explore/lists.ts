/** Lists that are used again and again within a play: changed in place, without garbage. */

/** As `splice`, without the list that it returns. */
export function removeAt(list: unknown[], at: number): void {
	for (let i = at + 1; i < list.length; i++) list[i - 1] = list[i];
	list.pop();
}

/** Setting the length throws the list's memory away, to be had anew at the next step. */
export function clear(list: unknown[]): void {
	for (let left = list.length; left > 0; left--) list.pop();
}
