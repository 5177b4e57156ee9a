// What `prisma generate` (7.10.1) writes for one table, shortened by its types: the program itself fetches a binary
// from outside the registry, which the client does not need.
import type { PrismaPg } from '@prisma/adapter-pg';
import * as runtime from '@prisma/client/runtime/client';

interface User {
  id: number;
  factor: runtime.JsonValue;
  version: number;
}

interface Client {
  user: {
    findUnique(args: { where: { id: number } }): Promise<User | null>;
    updateMany(args: {
      where: { id: number; version: number };
      data: { factor: runtime.InputJsonValue | typeof runtime.DbNull; version: number };
    }): Promise<{ count: number }>;
  };
  $disconnect(): Promise<void>;
}

const inlineSchema = `
datasource db {
  provider = "postgresql"
}
model User {
  id      Int   @id
  factor  Json?
  version Int   @default(0)
  @@map("users")
}`;

const fields = [
  { name: 'id', kind: 'scalar', type: 'Int' },
  { name: 'factor', kind: 'scalar', type: 'Json' },
  { name: 'version', kind: 'scalar', type: 'Int' },
];

const strings =
  'where User.findUnique User.findUniqueOrThrow orderBy cursor User.findFirst User.findFirstOrThrow User.findMany data User.createOne User.createMany User.createManyAndReturn User.updateOne User.updateMany User.updateManyAndReturn create update User.upsertOne User.deleteOne User.deleteMany having _count _avg _sum _min _max User.groupBy User.aggregate AND OR NOT id factor version equals string_contains string_starts_with string_ends_with array_starts_with array_ends_with array_contains lt lte gt gte not in notIn set increment decrement multiply divide';
const graph =
  'KwsQBhwAACIAMB0AAAQAEB4AACIAMB8CAAAAASAAACQAICECACMAIQEAAAABACABAAAAAQAgBhwAACIAMB0AAAQAEB4AACIAMB8CACMAISAAACQAICECACMAIQEgAAAlACADAAAABAAgAwAABQAwBAAAAQAgAwAAAAQAIAMAAAUAMAQAAAEAIAMAAAAEACADAAAFADAEAAABACADHwIAAAABIIAAAAABIQIAAAABAQgAAAkAIAMfAgAAAAEggAAAAAEhAgAAAAEBCAAACwAwAQgAAAsAMAMfAgArACEggAAAAAEhAgArACECAAAAAQAgCAAADgAgAx8CACsAISCAAAAAASECACsAIQIAAAAEACAIAAAQACACAAAABAAgCAAAEAAgAwAAAAEAIA8AAAkAIBAAAA4AIAEAAAABACABAAAABAAgBhUAACYAIBYAACcAIBcAACoAIBgAACkAIBkAACgAICAAACUAIAYcAAAaADAdAAAXABAeAAAaADAfAgAbACEgAAAcACAhAgAbACEDAAAABAAgAwAAFgAwFAAAFwAgAwAAAAQAIAMAAAUAMAQAAAEAIAYcAAAaADAdAAAXABAeAAAaADAfAgAbACEgAAAcACAhAgAbACENFQAAIAAgFgAAIQAgFwAAIAAgGAAAIAAgGQAAIAAgIgIAAAABKQIAAAABKgIAAAABKwIAAAABLAIAAAABLQIAHwAhLgIAAAAELwIAAAAEDxUAAB0AIBgAAB4AIBkAAB4AICKAAAAAASMBAAAAASQBAAAAASUBAAAAASaAAAAAASeAAAAAASiAAAAAASmAAAAAASqAAAAAASuAAAAAASyAAAAAAS2AAAAAAQgiAgAAAAEpAgAAAAEqAgAAAAErAgAAAAEsAgAAAAEtAgAdACEuAgAAAAUvAgAAAAUMIoAAAAABIwEAAAABJAEAAAABJQEAAAABJoAAAAABJ4AAAAABKIAAAAABKYAAAAABKoAAAAABK4AAAAABLIAAAAABLYAAAAABDRUAACAAIBYAACEAIBcAACAAIBgAACAAIBkAACAAICICAAAAASkCAAAAASoCAAAAASsCAAAAASwCAAAAAS0CAB8AIS4CAAAABC8CAAAABAgiAgAAAAEpAgAAAAEqAgAAAAErAgAAAAEsAgAAAAEtAgAgACEuAgAAAAQvAgAAAAQIIggAAAABKQgAAAABKggAAAABKwgAAAABLAgAAAABLQgAIQAhLggAAAAELwgAAAAEBhwAACIAMB0AAAQAEB4AACIAMB8CACMAISAAACQAICECACMAIQgiAgAAAAEpAgAAAAEqAgAAAAErAgAAAAEsAgAAAAEtAgAgACEuAgAAAAQvAgAAAAQMIoAAAAABIwEAAAABJAEAAAABJQEAAAABJoAAAAABJ4AAAAABKIAAAAABKYAAAAABKoAAAAABK4AAAAABLIAAAAABLYAAAAABAAAAAAAABTACAAAAATECAAAAATICAAAAATMCAAAAATQCAAAAAQAAAAAFFQAGFgAHFwAIGAAJGQAKAAAAAAAFFQAGFgAHFwAIGAAJGQAKAQIBAgMBBQYBBgcBBwgBCQoBCgwCCw0DDA8BDRECDhIEERMBEhQBExUCGhgFGxkL';

export const Prisma = { DbNull: runtime.DbNull };

const compiler = '@prisma/client/runtime/query_compiler_fast_bg.postgresql';
const config = {
  previewFeatures: [],
  clientVersion: '7.10.1',
  engineVersion: 'd1b3f377ca835d73fd50954a5e22128b9ebdd6b8',
  activeProvider: 'postgresql',
  inlineSchema,
  runtimeDataModel: { models: { User: { fields, dbName: 'users', schema: null } }, enums: {}, types: {} },
  parameterizationSchema: { strings: strings.split(' '), graph },
  compilerWasm: {
    getRuntime: () => import(`${compiler}.mjs`),
    getQueryCompilerWasmModule: async () =>
      new WebAssembly.Module(Buffer.from((await import(`${compiler}.wasm-base64.mjs`)).wasm, 'base64')),
    importName: './query_compiler_fast_bg.js',
  },
};

export const PrismaClient = runtime.getPrismaClient(config as never) as unknown as new (options: {
  adapter: PrismaPg;
}) => Client;
