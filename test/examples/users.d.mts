import type { StoredSecondFactor, TwoFactorRefusal } from 'otpure';

export interface User {
  id: number;
  email: string;
  factor: StoredSecondFactor | null;
  version: number;
}

export const key: Uint8Array;
export function query(sql: string, values?: unknown[]): Promise<unknown[]>;
export function findUser(id: number): Promise<User | undefined>;
export function store(id: number, factor: StoredSecondFactor | null, user: User): Promise<boolean>;
export function warnOwner(refusal: TwoFactorRefusal<number>): void;
export function createUser(email: unknown, password: unknown): Promise<User | null>;
export function checkPassword(email: unknown, password: unknown): Promise<User | null>;
