import { styleText } from 'node:util';

/** The few styles the demo uses, by what they mean. */
export interface Paint {
  title(text: string): string;
  strong(text: string): string;
  quiet(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  accent(text: string): string;
}

type Style = Parameters<typeof styleText>[0];

/** Colours, or none: then every function gives its text back unchanged. */
export function createPaint(options: { readonly colors: boolean }): Paint {
  const style =
    (format: Style) =>
    (text: string): string =>
      options.colors ? styleText(format, text) : text;
  return {
    title: style(['bold', 'cyan']),
    strong: style('bold'),
    quiet: style('dim'),
    good: style('green'),
    bad: style('red'),
    accent: style('yellow'),
  };
}

/** https://no-color.org first, then FORCE_COLOR (for output that a parent process passes on), then the terminal. */
export function wantsColors(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
