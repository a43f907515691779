// Relay reads its documents out of modules, and names them after these: one module for each query of docs/queries.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Kind, parse, print, visit } from "graphql";

const QUERIES = "../../docs/queries";
const MODULES = "src/relay/documents";
const SUFFIX = { query: "Query", mutation: "Mutation", subscription: "Subscription" };

for (const made of [MODULES, "src/relay/generated"]) {
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made, { recursive: true });
}
for (const file of readdirSync(QUERIES).filter((name) => name.endsWith(".graphql"))) {
  const document = parse(readFileSync(join(QUERIES, file), "utf8"));
  for (const operation of document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)) {
    const module = operation.name.value;
    const named = visit(operation, {
      OperationDefinition: (node) => ({ ...node, name: { ...node.name, value: module + SUFFIX[node.operation] } }),
    });
    writeFileSync(
      join(MODULES, `${module}.ts`),
      `import { graphql } from "react-relay";\n\nexport default graphql\`\n${print(named)}\n\`;\n`,
    );
  }
}
