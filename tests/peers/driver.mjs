// Runs one scenario of a relying party: the settings are the first line of standard input, what the
// scenario finds out is the last line of standard output.
import { createInterface } from "node:readline/promises";
import { argv, stdin, stdout } from "node:process";

const lines = createInterface({ input: stdin })[Symbol.asyncIterator]();
const read = async () => JSON.parse((await lines.next()).value);
const write = (value) => stdout.write(JSON.stringify(value) + "\n");

/** Sends a person there, and says where the person ended up. */
export async function visit(url) {
  write({ visit: String(url) });
  return new URL(await read());
}

export async function run(scenarios) {
  const found = await scenarios[argv[2]](await read());
  write({ found });
  stdin.destroy();
}
