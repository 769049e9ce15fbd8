/** The errors of the HTTP API, word for word those of the real server. */

export class ApiError extends Error {
	readonly status: number;

	constructor(message: string, status: number) {
		super(message);
		this.status = status;
	}
}

export const badRequestBody = (why: string) => new ApiError(`bad request body: ${why}`, 400);
export const missingField = (field: string) => new ApiError(`missing required field: ${field}`, 400);
export const invalidToxicType = () => new ApiError("invalid toxic type", 400);
export const invalidStream = () =>
	new ApiError("stream was invalid, can be either upstream or downstream", 400);
export const proxyNotFound = () => new ApiError("proxy not found", 404);
export const toxicNotFound = () => new ApiError("toxic not found", 404);
export const alreadyExists = (what: "proxy" | "toxic") => new ApiError(`${what} already exists`, 409);
