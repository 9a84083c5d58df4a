/** Imported before everything else: an older Node fails in ways that nobody can read. */
const oldest = 24;
const { node } = process.versions;
if (Number(node.split('.')[0]) < oldest) {
  process.stderr.write(
    `error: Sluice needs Node.js ${oldest} or newer; this is ${node}. Start it with bin/sluice or npm start, which bring their own\n`,
  );
  process.exit(1);
}
