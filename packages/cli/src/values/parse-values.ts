/** Single values of flags. Each throws commander's InvalidArgumentError, which says what can be given. */
import { InvalidArgumentError, Option } from 'commander';

/** The flag for headers. */
export function headerOption(description: string): Option {
  return new Option('-H, --header <name=value>', `${description}; may be repeated`)
    .argParser(addHeader)
    .default({}, 'none');
}

/** `name=value`, added to those before. */
function addHeader(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Give name=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** A whole number from 1. */
export function toCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1.');
  return Number(text);
}
/** A text, added to those before. */
export function addText(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}
