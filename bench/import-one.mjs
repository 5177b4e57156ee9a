// Prints the milliseconds that importing a module takes in this process. Started by cold.mjs.
const start = performance.now();
await import(process.argv[2]);
console.log(performance.now() - start);
