import type { CodegenConfig } from "@graphql-codegen/cli";

// Every scalar of the graph has a type of its own here: one that is missing is an error, not `any`.
const scalars = {
  BigInt: "number",
  CurrencyCode: "string",
  Date: "string",
  DateTime: "string",
  Decimal: "string",
  URL: "string",
};

const config: CodegenConfig = {
  schema: "../../schema.graphql",
  documents: ["../../docs/queries/*.graphql"],
  generates: {
    "src/generated/graphql.ts": {
      plugins: ["typescript-operations", "typed-document-node"],
      config: {
        scalars,
        strictScalars: true,
        defaultScalarType: "never",
        enumsAsTypes: true,
        useTypeImports: true,
        immutableTypes: true,
        nonOptionalTypename: true,
        avoidOptionals: { field: true },
      },
    },
    "src/generated/possible-types.ts": {
      plugins: ["fragment-matcher"],
      config: { useExplicitTyping: true },
    },
  },
};

export default config;
