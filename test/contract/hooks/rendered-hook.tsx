/** Renders a hook in an app of its own, and tells each value that it returns. */
import type { ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { type Collector, createCollector } from '../../support/collector.ts';

/** A hook that is mounted. */
export interface RenderedHook<TValue> {
  /** What it returned, render by render. */
  readonly values: Collector<TValue>;
  /** Resolves with the first value from now on that satisfies the condition, the latest included. */
  until(condition: (value: TValue) => boolean, what: string): Promise<TValue>;
  /** Renders it again, after something it depends on has changed. */
  rerender(): void;
  unmount(): void;
}

/** Mounts it; `wrap` puts the providers around it. */
export function renderHook<TValue>(
  useHook: () => TValue,
  wrap: (children: ReactNode) => ReactNode,
): RenderedHook<TValue> {
  const values = createCollector<TValue>();
  function Probe(): null {
    values.add(useHook());
    return null;
  }
  const root = createRoot(document.createElement('div'));
  const rerender = (): void => root.render(wrap(<Probe />));
  rerender();
  return {
    values,
    async until(condition, what) {
      const seen = Math.max(0, values.items.length - 1);
      const isMet = (all: readonly TValue[]): boolean => all.slice(seen).some(condition);
      return (await values.until(isMet, what)).slice(seen).find(condition)!;
    },
    rerender,
    unmount: () => root.unmount(),
  };
}
