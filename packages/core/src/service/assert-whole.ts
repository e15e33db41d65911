/** Checks numbers among the options: a limit that is NaN or below its least would show as calls that never run. */
import { KafkaTransportError } from '../errors/transport-error.js';

/** What a number is checked for. */
export interface WholeRule {
  /** The option, as the user writes it. */
  readonly name: string;
  /** @default 1 */
  readonly min?: number;
  /** @default Number.MAX_SAFE_INTEGER */
  readonly max?: number;
}

/** @throws KafkaTransportError `INVALID_OPTION` that names the option, unless it is absent or a whole number in the range. */
export function assertWhole(value: unknown, rule: WholeRule): void {
  const { name, min = 1, max = Number.MAX_SAFE_INTEGER } = rule;
  if (value === undefined) return;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return;
  const what = typeof value === 'number' ? String(value) : `of type ${typeof value}`;
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
  throw new KafkaTransportError({
    code: 'INVALID_OPTION',
    message: `${name} is ${what}; give a whole number ${range}`,
  });
}
