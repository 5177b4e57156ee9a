// Prisma on PostgreSQL.
//   model User { id Int @id  factor Json?  version Int @default(0)  @@map("users") }
import { PrismaPg } from '@prisma/adapter-pg';
import type { StoredSecondFactor } from 'otpure';
import { Prisma, PrismaClient } from './generated/prisma.js';

export const prisma = new PrismaClient({
  adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL, max: 20 }),
});

export async function read(id: number) {
  const user = await prisma.user.findUnique({ where: { id } });
  // Prisma's type of a JSON column is any JSON.
  return user && { ...user, factor: user.factor as StoredSecondFactor | null };
}

export async function store(
  id: number,
  factor: StoredSecondFactor | null,
  { version }: { version: number },
): Promise<boolean> {
  const { count } = await prisma.user.updateMany({
    where: { id, version },
    data: { factor: factor ?? Prisma.DbNull, version: version + 1 },
  });
  return count === 1;
}
