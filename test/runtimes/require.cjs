// An app in CommonJS.
const { generateTotp } = require('otpure');

console.log(generateTotp(Buffer.from('12345678901234567890'), { timestamp: 59_000 }));
