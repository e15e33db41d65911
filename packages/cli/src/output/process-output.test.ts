import { expect, test } from 'vitest';
import { createProcessOutput, type OutputStream } from './process-output.js';

function recorder(log: string[], name: string, isTTY: boolean): OutputStream {
  const write = (text: string | Uint8Array, then?: unknown): boolean => {
    log.push(`${name}:${String(text)}`);
    if (typeof then === 'function') then();
    return true;
  };
  return { isTTY, write };
}

function createOutput(isTTY: boolean) {
  const log: string[] = [];
  const { signal } = new AbortController();
  const streams = { out: recorder(log, 'out', isTTY), errors: recorder(log, 'err', isTTY), stopped: signal };
  return { log, output: createProcessOutput(streams) };
}

test('progress is one line of a terminal, and gone before anything else is written', () => {
  const { log, output } = createOutput(true);
  output.progress('connecting');
  output.progress('asking');
  output.write('answer\n');
  output.note('aside\n');
  const clear = '\r\u001b[2K';
  expect(log).toEqual([
    `err:${clear}connecting …`,
    `err:${clear}asking …`,
    `err:${clear}`,
    'out:answer\n',
    'err:aside\n',
  ]);
});

test('progress is written nowhere else, and whoever writes is told when it is taken', () => {
  const { log, output } = createOutput(false);
  output.progress('connecting');
  output.write('answer\n', () => log.push('taken'));
  expect(log).toEqual(['out:answer\n', 'taken']);
});
