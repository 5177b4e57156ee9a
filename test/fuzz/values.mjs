// Values that no generator of JSON makes. Generators hold their names, so that a counterexample can be
// printed, replayed and kept; `make` turns a name into a new value.
import { createContext, runInContext } from 'node:vm';

// Another realm, with its own Uint8Array, Array and Object.
const realm = createContext({});
const foreign = (source) => runInContext(source, realm);

/** Thrown by a trap or getter of a value below: passing it on is right, swallowing it is too. */
export class Trap extends Error {}

function trap() {
  throw new Trap('a trap was sprung');
}

const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((name) => [name, trap]));

const BYTES = 'wrong type, though it holds bytes';

/** Right for no parameter of the library: neither number, string, bytes, array, options nor state. */
const WRONG = {
  null: () => null,
  true: () => true,
  symbol: () => Symbol('123456'),
  bigint: () => 7n,
  'negative bigint': () => -1n,
  function: () => () => 6,
  class: () => class extends Uint8Array {},
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  '-Infinity': () => Number.NEGATIVE_INFINITY,
  'max number': () => Number.MAX_VALUE,
  'half a number': () => 6.5,
  'minus one': () => -1,
  '2^53': () => 2 ** 53,
};

/** Objects: wrong for all but options, which ignore what they do not know. */
const OBJECTS = {
  'empty object': () => ({}),
  'no prototype': () => Object.create(null),
  'Number object': () => new Number(6),
  'String object': () => new String('123456'),
  'Boolean object': () => new Boolean(false),
  'Symbol object': () => Object(Symbol('x')),
  'BigInt object': () => Object(6n),
  'valueOf and toString': () => ({ valueOf: () => 6, toString: () => '123456' }),
  toPrimitive: () => ({ [Symbol.toPrimitive]: () => '123456' }),
  'throwing conversions': () => ({ valueOf: trap, toString: trap, [Symbol.toPrimitive]: trap, toJSON: trap }),
  'Proxy of traps': () => new Proxy({}, traps),
  Map: () => new Map([['digits', 6]]),
  RegExp: () => /123456/,
  Error: () => new Error('123456'),
  Promise: () => Promise.resolve('123456'),
  Date: () => new Date(59_000),
  'invalid Date': () => new Date(Number.NaN),
  'foreign object': () => foreign('({ length: 20 })'),
  arguments: () =>
    (function () {
      // biome-ignore lint/complexity/noArguments: the object itself is wanted
      return arguments;
    })('123456'),
};

const ARRAYS = {
  'empty array': () => [],
  'array of a number': () => [6],
  'array of digits': () => [1, 2, 3, 4, 5, 6],
  'array of nothing': () => new Array(6),
  'long array': () => new Array(100_000).fill('123456'),
  'longest array': () => new Array(2 ** 32 - 1),
  'foreign array': () => foreign('["123456"]'),
};

/** What looks like bytes and is not a Uint8Array. */
const NO_BYTES = {
  ArrayBuffer: () => new ArrayBuffer(20),
  SharedArrayBuffer: () => new SharedArrayBuffer(20),
  DataView: () => new DataView(new ArrayBuffer(20)),
  Uint8ClampedArray: () => new Uint8ClampedArray(20),
  Int8Array: () => new Int8Array(20),
  Uint16Array: () => new Uint16Array(20),
  Float64Array: () => new Float64Array(20),
  'forged tag': () => ({ [Symbol.toStringTag]: 'Uint8Array', length: 20, 0: 1 }),
  'forged prototype': () => Object.create(Uint8Array.prototype),
  'Proxy of bytes': () => new Proxy(new Uint8Array(20), {}),
  'foreign Uint16Array': () => foreign('new Uint16Array(20)'),
};

const STRINGS = {
  'empty string': () => '',
  'digit string': () => '6',
  'code string': () => '123456',
  'huge string': () => '1'.repeat(2 ** 20),
};

/** Ways for the same bytes to come. */
export const BYTES_AS = {
  Uint8Array: (bytes) => Uint8Array.from(bytes),
  Buffer: (bytes) => Buffer.from(bytes),
  'part of a larger buffer': (bytes) => {
    const large = new Uint8Array(bytes.length + 13).fill(0xaa);
    large.set(bytes, 5);
    return large.subarray(5, 5 + bytes.length);
  },
  foreign: (bytes) => {
    const array = foreign(`new Uint8Array(${bytes.length})`);
    array.set(bytes);
    return array;
  },
  shared: (bytes) => {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    return shared;
  },
  resizable: (bytes) => {
    const resizable = new Uint8Array(new ArrayBuffer(bytes.length, { maxByteLength: 2 * bytes.length + 1 }));
    resizable.set(bytes);
    return resizable;
  },
  subclass: (bytes) => new (class extends Uint8Array {})(bytes),
  'foreign toString': (bytes) => Object.assign(Uint8Array.from(bytes), { toString: trap, toJSON: trap }),
};

/** Bytes that are gone: of length 0. */
const GONE = {
  detached: () => {
    const bytes = new Uint8Array(20).fill(1);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    return bytes;
  },
  'out of bounds': () => {
    const buffer = new ArrayBuffer(20, { maxByteLength: 40 });
    const bytes = new Uint8Array(buffer, 10, 10);
    buffer.resize(5);
    return bytes;
  },
};

const PEPPERS = {
  '15 bytes': () => new Uint8Array(15),
  '1025 bytes': () => new Uint8Array(1025),
};

const ALL = { ...WRONG, ...OBJECTS, ...ARRAYS, ...NO_BYTES, ...STRINGS, ...GONE, ...PEPPERS };
for (const [name, as] of Object.entries(BYTES_AS)) ALL[`${BYTES}: ${name}`] = () => as(new Uint8Array(20));

const names = (...tables) => tables.flatMap((table) => Object.keys(table));
const holdsBytes = Object.keys(ALL).filter((name) => name.startsWith(BYTES));

/** Names of values that are wrong where something is wanted. */
export const wrongFor = {
  number: [...names(WRONG, OBJECTS, ARRAYS, NO_BYTES, STRINGS, GONE), ...holdsBytes],
  moment: [...names(WRONG, OBJECTS, ARRAYS, NO_BYTES, STRINGS, GONE), ...holdsBytes].filter(
    (name) => !['Date', 'half a number'].includes(name),
  ),
  string: [...names(WRONG, OBJECTS, ARRAYS, NO_BYTES, GONE), ...holdsBytes],
  /** Also of those that have the right type and can't be a code. */
  typed: Object.keys(ALL).filter((name) => name !== 'code string'),
  bytes: names(WRONG, OBJECTS, ARRAYS, NO_BYTES, STRINGS),
  gone: names(GONE),
  pepper: names(WRONG, OBJECTS, ARRAYS, NO_BYTES, STRINGS, GONE, PEPPERS),
  array: [...names(WRONG, OBJECTS, NO_BYTES, STRINGS, GONE), ...holdsBytes],
  options: names(WRONG, STRINGS),
};

/** The value that goes by a name, new each time. */
export function make(name) {
  return ALL[name]();
}
