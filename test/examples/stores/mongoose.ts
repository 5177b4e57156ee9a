// MongoDB with Mongoose. Compiled, but not run: there was no server to test it on. `lean`: the fields of a document
// are no plain objects. Majority: a write that only the primary has seen can be rolled back.
import { model, Schema } from 'mongoose';
import type { StoredSecondFactor } from 'otpure';

interface User {
  _id: number;
  factor: StoredSecondFactor | null;
  version: number;
}

const User = model(
  'User',
  new Schema<User>({
    _id: { type: Number, required: true },
    factor: { type: Schema.Types.Mixed, default: null },
    version: { type: Number, required: true, default: 0 },
  }),
);

export const read = (id: number) => User.findById(id).read('primary').readConcern('majority').lean();

export async function store(
  id: number,
  factor: StoredSecondFactor | null,
  { version }: User,
): Promise<boolean> {
  const { modifiedCount } = await User.updateOne(
    { _id: id, version },
    { $set: { factor }, $inc: { version: 1 } },
    { writeConcern: { w: 'majority' } },
  );
  return modifiedCount === 1;
}
