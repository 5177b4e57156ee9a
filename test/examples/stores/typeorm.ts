// TypeORM on PostgreSQL.
import type { StoredSecondFactor } from 'otpure';
import { DataSource, EntitySchema } from 'typeorm';

interface User {
  id: number;
  factor: StoredSecondFactor | null;
  version: number;
}

const UserEntity = new EntitySchema<User>({
  name: 'User',
  tableName: 'users',
  columns: {
    id: { type: Number, primary: true },
    factor: { type: 'jsonb', nullable: true },
    version: { type: Number, default: 0 }, // not `version: true`: `update` would not compare it
  },
});

export const source = new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL ?? '',
  poolSize: 20,
  entities: [UserEntity],
});
await source.initialize();
const users = source.getRepository(UserEntity);

export const read = (id: number): Promise<User | null> => users.findOneBy({ id });

export async function store(
  id: number,
  factor: StoredSecondFactor | null,
  { version }: User,
): Promise<boolean> {
  const { affected } = await users.update({ id, version }, { factor, version: version + 1 });
  return affected === 1;
}
