/** Messages between lanes: an even sample where there are many, overtaken and duplicated ones in shapes of their own. */
import type { Surface } from "./canvas.tsx";
import { line } from "./draw-markers.ts";
import type { Drawn, TimelineScene } from "./timeline-scene.ts";

export const MAX_MESSAGES_DRAWN = 400;

export function drawMessages(
	{ context, colours }: Surface,
	{ run, layout, scale }: TimelineScene,
): Omit<Drawn, "aggregated"> {
	const { messages } = run.model;
	const plain: number[] = [];
	const flagged: number[] = [];
	for (let n = 0; n < messages.sent.length; n++) {
		if ((messages.received[n] as number) < scale.from || (messages.sent[n] as number) > scale.to) continue;
		if ((messages.from[n] as number) < 0 || (messages.to[n] as number) < 0) continue;
		if (messages.flags[n] === 0) plain.push(n);
		else flagged.push(n);
	}
	const inSight = plain.length + flagged.length;
	// In one proportion, so that the picture does not make rare things look common.
	const kept = Math.min(1, MAX_MESSAGES_DRAWN / Math.max(1, inSight));
	const shownFlagged = sample(flagged, Math.ceil(flagged.length * kept));
	const shownPlain = sample(plain, Math.ceil(plain.length * kept));
	const ends = (n: number): [number, number, number, number] => [
		scale.x(messages.sent[n] as number),
		layout.laneY(messages.from[n] as number),
		scale.x(messages.received[n] as number),
		layout.laneY(messages.to[n] as number),
	];
	const dense = shownPlain.length > 150;
	context.globalAlpha = dense ? 0.22 : 0.6;
	context.strokeStyle = colours.muted;
	for (const n of shownPlain) line(context, ...ends(n));
	const faint = shownFlagged.length > 60;
	context.globalAlpha = faint ? 0.38 : 1;
	for (const n of shownFlagged) {
		const [x1, y1, x2, y2] = ends(n);
		const flags = messages.flags[n] as number;
		context.strokeStyle = colours.text;
		context.setLineDash((flags & 2) !== 0 ? [2, 3] : [6, 3]);
		line(context, x1, y1, x2, y2);
		context.setLineDash([]);
		if ((flags & 2) !== 0) context.strokeRect(x2 - 3, y2 - 3, 6, 6);
		if ((flags & 1) !== 0) diamond(context, colours.text, x2, y2, faint ? 3 : 4);
	}
	context.globalAlpha = 1;
	return { messagesInSight: inSight, messagesDrawn: shownPlain.length + shownFlagged.length };
}

function sample(numbers: number[], most: number): number[] {
	if (numbers.length <= most) return numbers;
	const step = numbers.length / most;
	return Array.from({ length: Math.floor(most) }, (_, n) => numbers[Math.floor(n * step)] as number);
}

function diamond(
	context: CanvasRenderingContext2D,
	colour: string,
	x: number,
	y: number,
	radius: number,
): void {
	context.fillStyle = colour;
	context.beginPath();
	context.moveTo(x, y - radius);
	context.lineTo(x + radius, y);
	context.lineTo(x, y + radius);
	context.lineTo(x - radius, y);
	context.fill();
}
