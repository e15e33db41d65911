/** Builds and packs the packages, unless their sources have not changed since, and prints where the tarballs are. */
import { packedPackages } from './packed-packages.js';

for (const [name, tarball] of await packedPackages()) process.stdout.write(`${name} ${tarball}\n`);
