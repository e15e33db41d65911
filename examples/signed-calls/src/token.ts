/** Tokens: who calls, which calls, until when; and a signature that nobody can make without the caller's secret. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a token says. */
export interface Claims {
  readonly caller: string;
  /** In ms since 1970. */
  readonly expiresAtMs: number;
  /** The calls that it is good for, as {@link nameCall} writes them. */
  readonly calls: readonly string[];
}

/** A call as interceptors see it. */
export interface NamedCall {
  readonly id: number | string;
  readonly type: string;
  readonly path: string;
}

/** One text for one call: a token for it is good for no other path, and no other time. */
export function nameCall({ id, type, path }: NamedCall): string {
  return `${type} ${path} ${id}`;
}

/** Makes a token. */
export function signClaims(claims: Claims, secret: string): string {
  const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${body}.${signatureOf(body, secret).toString('base64url')}`;
}

/** What a token says, if whom it names has signed it; `secretOf` knows the secrets of all callers. */
export function readClaims(
  token: string,
  secretOf: (caller: string) => string | undefined,
): Claims | undefined {
  const [body = '', signature = ''] = token.split('.', 2);
  const claims = parseClaims(body);
  const secret = claims === undefined ? undefined : secretOf(claims.caller);
  if (secret === undefined) return undefined;
  const given = Buffer.from(signature, 'base64url');
  const right = signatureOf(body, secret);
  return given.length === right.length && timingSafeEqual(given, right) ? claims : undefined;
}

function signatureOf(body: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(body).digest();
}

function parseClaims(body: string): Claims | undefined {
  try {
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Partial<Claims> | null;
    const { caller, expiresAtMs, calls } = claims ?? {};
    if (typeof caller !== 'string' || typeof expiresAtMs !== 'number' || !Array.isArray(calls))
      return undefined;
    return { caller, expiresAtMs, calls };
  } catch {
    return undefined;
  }
}
