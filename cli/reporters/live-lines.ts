/** Lines at the bottom of a terminal that are redrawn in place; where there is no terminal they are not shown. */
import pc from "picocolors";
import { cutToWidth } from "../terminal-text.ts";
import type { Output } from "./output.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const REDRAW_EVERY_MS = 100;
const CLEAR_LINE = "\u001b[2K";

export interface LiveLines {
	set(key: number, text: string): void;
	remove(key: number): void;
	/** Prints above the live lines, for good. */
	print(text: string): void;
	end(): void;
}

export function liveLines(output: Output): LiveLines {
	const lines = new Map<number, string>();
	let drawn = 0;
	let frame = 0;
	const clear = (): void => {
		if (drawn > 0) output.write(`\u001b[${drawn}A${`${CLEAR_LINE}\n`.repeat(drawn)}\u001b[${drawn}A`);
		drawn = 0;
	};
	const draw = (): void => {
		clear();
		const spinner = pc.cyan(FRAMES[frame++ % FRAMES.length] ?? "");
		for (const text of lines.values()) output.write(`${cutToWidth(`${spinner} ${text}`, output.columns)}\n`);
		drawn = lines.size;
	};
	const timer = output.isTTY ? setInterval(draw, REDRAW_EVERY_MS) : null;
	timer?.unref();
	return {
		set: (key, text) => {
			lines.set(key, text);
		},
		remove: (key) => {
			lines.delete(key);
		},
		print: (text) => {
			if (output.isTTY) clear();
			output.write(text);
		},
		end: () => {
			if (timer !== null) clearInterval(timer);
			if (output.isTTY) clear();
			lines.clear();
		},
	};
}
