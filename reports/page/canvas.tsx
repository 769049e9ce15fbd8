/**
 * A canvas as wide as its place, drawn again when its width, the theme or what it shows changes. Draws once a frame
 * at most.
 */
import type { AriaRole, CanvasHTMLAttributes } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { type Palette, palette } from "./colours.ts";

export interface Surface {
	context: CanvasRenderingContext2D;
	width: number;
	height: number;
	colours: Palette;
}

interface Props extends Omit<CanvasHTMLAttributes, "height" | "label" | "role"> {
	height: number;
	label: string;
	draw: (surface: Surface) => void;
	canvasRef?: { current: HTMLCanvasElement | null };
	role?: AriaRole;
}

export function Canvas({ height, label, draw, canvasRef, role = "img", ...rest }: Props) {
	const own = useRef<HTMLCanvasElement | null>(null);
	const latest = useRef(draw);
	latest.current = draw;
	const frame = useRef(0);

	const request = useRef(() => {
		if (frame.current !== 0) return;
		frame.current = requestAnimationFrame(() => {
			frame.current = 0;
			if (own.current !== null) paint(own.current, latest.current);
		});
	});
	useLayoutEffect(() => request.current());
	useEffect(() => {
		const canvas = own.current;
		if (canvas === null) return;
		const redraw = request.current;
		const observer = new ResizeObserver(redraw);
		observer.observe(canvas);
		const themes = [matchMedia("(prefers-color-scheme: dark)"), matchMedia("print")];
		for (const theme of themes) theme.addEventListener("change", redraw);
		return () => {
			observer.disconnect();
			for (const theme of themes) theme.removeEventListener("change", redraw);
			cancelAnimationFrame(frame.current);
		};
	}, []);

	return (
		<canvas
			{...rest}
			ref={(element: HTMLCanvasElement | null) => {
				own.current = element;
				if (canvasRef !== undefined) canvasRef.current = element;
			}}
			role={role}
			aria-label={label}
			style={{ height: `${height}px` }}
		/>
	);
}

function paint(canvas: HTMLCanvasElement, draw: (surface: Surface) => void): void {
	const width = canvas.clientWidth;
	const height = canvas.clientHeight;
	const ratio = window.devicePixelRatio || 1;
	if (width === 0 || height === 0) return;
	if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
		canvas.width = Math.round(width * ratio);
		canvas.height = Math.round(height * ratio);
	}
	const context = canvas.getContext("2d");
	if (context === null) return;
	context.setTransform(ratio, 0, 0, ratio, 0, 0);
	context.clearRect(0, 0, width, height);
	context.font = `13px ${getComputedStyle(canvas).fontFamily}`;
	context.textBaseline = "middle";
	draw({ context, width, height, colours: palette(canvas) });
}
