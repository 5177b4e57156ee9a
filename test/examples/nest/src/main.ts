// Two-factor login in NestJS. Users and their passwords are in users.mjs, one folder up.
import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import cookieParser from 'cookie-parser';
import session from 'express-session';
import { AppModule } from './app.module.js';

// Behind a proxy that speaks HTTPS, add app.set('trust proxy', 1): otherwise cookies aren't `secure`.
const app = await NestFactory.create<NestExpressApplication>(AppModule, {
  bodyParser: false,
  logger: ['error', 'warn'],
});
app.useBodyParser('json'); // nothing but JSON: a form on another site can't send that
app.use(
  cookieParser(),
  session({
    secret: randomBytes(32).toString('hex'), // new at each start, like the sessions: they are kept in memory
    resave: false,
    saveUninitialized: false, // otherwise a second request of a new visitor can log the person out
    cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto' },
  }),
);
export const server = await app.listen(process.env.PORT || 3000);
console.log((await app.getUrl()).replace('[::1]', 'localhost'));
