/** Writes the golden records of the protocol's current version: `node --import tsx test/golden/generate.ts`. See README.md for when that is right. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { currentFolder, renderAll } from './golden-file.js';

mkdirSync(currentFolder, { recursive: true });
const files = renderAll();
for (const [name, text] of files) writeFileSync(new URL(name, currentFolder), text);
process.stdout.write(
  `wrote ${files.size} golden records; \`git diff test/golden\` shows what changed on the wire\n`,
);
