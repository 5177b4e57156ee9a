// DynamoDB: a conditional write. Reads have to be consistent; a global table that is written in several regions isn't safe.
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { StoredSecondFactor } from 'otpure';

export const db = DynamoDBDocumentClient.from(new DynamoDBClient());

interface User {
  factor: StoredSecondFactor | null;
  version: number;
}

export async function read(id: number): Promise<User | null> {
  const { Item } = await db.send(new GetCommand({ TableName: 'users', Key: { id }, ConsistentRead: true }));
  return Item ? { factor: Item.factor ?? null, version: Item.version } : null;
}

export async function store(
  id: number,
  factor: StoredSecondFactor | null,
  { version }: User,
): Promise<boolean> {
  const update = new UpdateCommand({
    TableName: 'users',
    Key: { id },
    UpdateExpression: 'SET factor = :factor, version = :next',
    ConditionExpression: 'version = :version',
    ExpressionAttributeValues: { ':factor': factor, ':version': version, ':next': version + 1 },
  });
  try {
    await db.send(update);
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
