// Sequelize on PostgreSQL.
import type { StoredSecondFactor } from 'otpure';
import { DataTypes, type InferAttributes, type InferCreationAttributes, Model, Sequelize } from 'sequelize';

export const sequelize = new Sequelize(process.env.DATABASE_URL ?? '', { logging: false, pool: { max: 20 } });

class User extends Model<InferAttributes<User>, InferCreationAttributes<User>> {
  declare id: number;
  declare factor: StoredSecondFactor | null;
  declare version: number;
}
User.init(
  {
    id: { type: DataTypes.INTEGER, primaryKey: true },
    factor: DataTypes.JSONB,
    version: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
  },
  { sequelize, tableName: 'users', timestamps: false },
);

export const read = (id: number): Promise<User | null> => User.findByPk(id);

export async function store(
  id: number,
  factor: StoredSecondFactor | null,
  { version }: User,
): Promise<boolean> {
  const [count] = await User.update({ factor, version: version + 1 }, { where: { id, version } });
  return count === 1;
}
