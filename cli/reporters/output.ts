/** Where text for people goes: a terminal or not. */
export interface Output {
	write(text: string): void;
	isTTY: boolean;
	columns: number;
}
