// What can go wrong, by type.

export class RealmKitError extends Error {
  get name() {
    return this.constructor.name;
  }
}

/** The API cannot be reached, or its answer cannot be read. */
export class APIConnectionError extends RealmKitError {}

/** The API answered with an error; `problem` is its document (RFC 9457). */
export class APIError extends RealmKitError {
  constructor(status, problem, headers) {
    const title = problem.title ?? "";
    super(problem.detail ? `${status} ${title}: ${problem.detail}` : `${status} ${title}`.trim());
    this.status = status;
    this.problem = problem;
    this.headers = headers;
  }
}

/** 401: the key is missing, invalid, expired or revoked. */
export class AuthenticationError extends APIError {}

/** 403: the key is good and may not do this. */
export class PermissionDeniedError extends APIError {
  get missingScopes() {
    return this.problem.missing_scopes ?? [];
  }
}

/** 429: the quota is used up. */
export class RateLimitError extends APIError {
  /** Seconds to wait, or null when the API does not say. */
  get retryAfter() {
    return secondsOf(this.headers.get("retry-after"));
  }

  /** Requests of a window, or null. */
  get limit() {
    const text = this.headers.get("x-ratelimit-limit");
    return /^\d+$/.test(text ?? "") ? Number(text) : null;
  }
}

/** The error of a status. */
export function errorOf(status, problem, headers) {
  const Kind = { 401: AuthenticationError, 403: PermissionDeniedError, 429: RateLimitError }[status] ?? APIError;
  return new Kind(status, problem, headers);
}

/** A Retry-After header (RFC 9110 section 10.2.3), in seconds or as a date; null when there is none that can be read. */
export function secondsOf(retryAfter) {
  if (/^\d{1,9}$/.test(retryAfter ?? "")) return Number(retryAfter);
  const moment = /GMT$/.test(retryAfter ?? "") ? Date.parse(retryAfter) : NaN;
  return Number.isNaN(moment) ? null : Math.max(0, (moment - Date.now()) / 1000);
}
