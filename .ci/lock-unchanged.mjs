// Fails when `npm install` changed what package-lock.json installs here. A registry may or may not carry the packages that
// optional dependencies name for other platforms, and npm writes the lock accordingly: those entries are not compared.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

function entries(text) {
  const { packages, ...rest } = JSON.parse(text);
  const everywhere = Object.entries(packages).filter(
    ([, { optional, os, cpu }]) => !(optional && (os || cpu)),
  );
  return new Map([['', rest], ...everywhere]);
}

const committed = entries(
  execFileSync('git', ['show', 'HEAD:package-lock.json'], { encoding: 'utf8' }),
);
const installed = entries(readFileSync('package-lock.json', 'utf8'));
const changed = [...new Set([...committed.keys(), ...installed.keys()])].filter(
  (name) => !isDeepStrictEqual(committed.get(name), installed.get(name)),
);
if (changed.length > 0) {
  process.stderr.write(
    `npm install changed package-lock.json: ${changed.join(', ')}. Run it and commit the result.\n`,
  );
  process.exit(1);
}
